-- Is what causes have from each campaign what rules gave them on receipts, and what tills collected for it? One row per
-- tenant, campaign and unit where it is not.
WITH given_sum AS (
    SELECT
        tenant,
        campaign_id,
        unit,
        sum(amount_minor) AS amount
    FROM (
        SELECT
            tenant,
            campaign_id,
            unit,
            amount_minor
        FROM receipt_effect
        WHERE beneficiary_id <> ''
        UNION ALL
        SELECT
            tenant,
            campaign_id,
            unit,
            amount_minor
        FROM account
        WHERE kind = 'party' AND subaccount = 'collected'
    ) AS given
    GROUP BY tenant, campaign_id, unit
),

cause_sum AS (
    SELECT
        tenant,
        campaign_id,
        unit,
        sum(amount_minor) AS amount
    FROM account
    WHERE kind = 'cause'
    GROUP BY tenant, campaign_id, unit
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'causes have %%s %%s from campaign %%s, but rules gave and tills collected %%s',
        coalesce(cause_sum.amount, 0), unit, campaign_id, coalesce(given_sum.amount, 0)
    ) AS sentence
FROM cause_sum
FULL JOIN given_sum USING (tenant, campaign_id, unit)
WHERE coalesce(cause_sum.amount, 0) <> coalesce(given_sum.amount, 0);
