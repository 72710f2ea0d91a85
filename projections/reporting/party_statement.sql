-- What each party pays, has paid, collected or is owed: one row per party, campaign, subaccount and unit. It is the sum
-- of the party's own postings and of its part of what the versions of the campaign still hold. A version's amount is
-- split without its sign by nested floors, parties in the order of the campaign file, the last takes the rest (LEDGER,
-- "Who pays"); a period close moves what was split from the version to the parties, so nothing is counted twice.
CREATE OR REPLACE VIEW reporting.party_statement WITH (security_invoker = true) AS
WITH RECURSIVE party AS (
    SELECT
        tenant,
        campaign_id,
        version,
        ordinal,
        party_id,
        share_bp,
        -- What the parties from this one on have together.
        10000 - coalesce(sum(share_bp) OVER (
            PARTITION BY tenant, campaign_id, version
            ORDER BY ordinal ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ), 0) AS rest_bp,
        count(*) OVER (PARTITION BY tenant, campaign_id, version) AS party_count
    FROM campaign_party
),

held AS (
    SELECT
        tenant,
        campaign_id,
        -- The owner is the version: its number, alone or at the end of its name.
        substring(owner FROM '[0-9]+$')::integer AS version,
        subaccount,
        unit,
        sum(amount_minor) AS amount
    FROM account
    WHERE kind = 'campaign'
    GROUP BY tenant, campaign_id, substring(owner FROM '[0-9]+$')::integer, subaccount, unit
),

split AS (
    SELECT
        held.tenant,
        held.campaign_id,
        held.version,
        held.subaccount,
        held.unit,
        sign(held.amount) AS sign,
        party.ordinal,
        party.party_id,
        cut.part,
        abs(held.amount) - cut.part AS rest
    FROM held
    INNER JOIN party USING (tenant, campaign_id, version)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN party.ordinal = party.party_count THEN abs(held.amount)
            ELSE coalesce(div(abs(held.amount) * party.share_bp, nullif(party.rest_bp, 0)), 0)
        END AS part
    ) AS cut
    WHERE party.ordinal = 1
    UNION ALL
    SELECT
        split.tenant,
        split.campaign_id,
        split.version,
        split.subaccount,
        split.unit,
        split.sign,
        party.ordinal,
        party.party_id,
        cut.part,
        split.rest - cut.part AS rest
    FROM split
    INNER JOIN party
        ON
            split.tenant = party.tenant
            AND split.campaign_id = party.campaign_id
            AND split.version = party.version
            AND split.ordinal + 1 = party.ordinal
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN party.ordinal = party.party_count THEN split.rest
            ELSE coalesce(div(split.rest * party.share_bp, nullif(party.rest_bp, 0)), 0)
        END AS part
    ) AS cut
)

SELECT
    tenant,
    party_id,
    campaign_id,
    subaccount,
    unit,
    sum(amount)::bigint AS amount
FROM (
    SELECT tenant, party_id, campaign_id, subaccount, unit, sign * part AS amount FROM split
    UNION ALL
    SELECT tenant, owner, campaign_id, subaccount, unit, amount_minor FROM account WHERE kind = 'party'
) AS piece
GROUP BY tenant, party_id, campaign_id, subaccount, unit;

COMMENT ON VIEW reporting.party_statement IS
'What each party pays, has paid, collected or is owed: its own postings and its part of what campaign versions hold.';
COMMENT ON COLUMN reporting.party_statement.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.party_statement.party_id IS 'The party.';
COMMENT ON COLUMN reporting.party_statement.campaign_id IS 'Campaign that it pays or collects for.';
COMMENT ON COLUMN reporting.party_statement.subaccount IS
'points_funded: points it funds; money_owed: money it owes to causes; clearing: goods given for points; money_paid: what
it has paid; collected: donors'' money in its tills.';
COMMENT ON COLUMN reporting.party_statement.unit IS 'Currency, or unit of points.';
COMMENT ON COLUMN reporting.party_statement.amount IS
'With the sign of its account: below zero it gives or owes, above zero it has or is owed; minor units.';
