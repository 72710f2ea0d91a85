-- Are the points that each campaign funded those that it gave on receipts, and in lots that nothing takes back (of codes)?
-- One row per tenant, campaign and unit where they are not.
WITH given AS (
    SELECT
        tenant,
        campaign_id,
        unit,
        amount_minor
    FROM receipt_effect
    WHERE starts_with(unit, 'POINT:')
    UNION ALL
    SELECT
        tenant,
        campaign_id,
        unit,
        opened_minor
    FROM lot
    WHERE NOT starts_with(origin, 'receipt:')
),

given_sum AS (
    SELECT
        tenant,
        campaign_id,
        unit,
        sum(amount_minor) AS amount
    FROM given
    GROUP BY tenant, campaign_id, unit
),

funded_sum AS (
    SELECT
        tenant,
        campaign_id,
        unit,
        -sum(amount_minor) AS amount
    FROM account
    WHERE kind = 'campaign' AND subaccount = 'points_funded'
    GROUP BY tenant, campaign_id, unit
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'campaign %%s funded %%s %%s, but gave %%s on receipts and codes',
        campaign_id, coalesce(funded_sum.amount, 0), unit, coalesce(given_sum.amount, 0)
    ) AS sentence
FROM funded_sum
FULL JOIN given_sum USING (tenant, campaign_id, unit)
WHERE coalesce(funded_sum.amount, 0) <> coalesce(given_sum.amount, 0);
