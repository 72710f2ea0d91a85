-- Are the points that each member was given on receipts those of its lots from receipts? One row per tenant, member,
-- campaign, version and unit where they are not. (Spending, which empties lots that stand, is not built yet: what was given
-- and not taken back is compared as what lots were opened with, lots that are empty left out.)
WITH given_sum AS (
    SELECT
        tenant,
        member_id,
        campaign_id,
        campaign_version,
        unit,
        sum(amount_minor) AS amount
    FROM receipt_effect
    WHERE beneficiary_id = '' AND starts_with(unit, 'POINT:')
    GROUP BY tenant, member_id, campaign_id, campaign_version, unit
),

lot_sum AS (
    SELECT
        tenant,
        member_id,
        campaign_id,
        campaign_version,
        unit,
        sum(opened_minor) AS amount
    FROM lot
    WHERE
        starts_with(origin, 'receipt:')
        AND pending_minor + available_minor + reserved_minor + expired_minor > 0
    GROUP BY tenant, member_id, campaign_id, campaign_version, unit
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'member %%s was given %%s %%s by version %%s of campaign %%s on receipts, but its lots from receipts have %%s',
        member_id, coalesce(given_sum.amount, 0), unit, campaign_version, campaign_id, coalesce(lot_sum.amount, 0)
    ) AS sentence
FROM given_sum
FULL JOIN lot_sum USING (tenant, member_id, campaign_id, campaign_version, unit)
WHERE coalesce(given_sum.amount, 0) <> coalesce(lot_sum.amount, 0);
