-- Does every member's statement end at what the member has available? One row per tenant, member and unit where it does
-- not.
WITH stated AS (
    SELECT DISTINCT ON (tenant, member_id, unit)
        tenant,
        member_id,
        unit,
        balance_after_minor
    FROM member_statement
    ORDER BY tenant, member_id, unit, journal_partition DESC, journal_offset DESC, campaign_id DESC
),

held AS (
    SELECT
        tenant,
        owner AS member_id,
        unit,
        sum(amount_minor) AS amount
    FROM account
    WHERE kind = 'member' AND subaccount = 'available'
    GROUP BY tenant, owner, unit
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'member %%s has %%s %%s available, but the statement ends at %%s',
        member_id, coalesce(held.amount, 0), unit, coalesce(stated.balance_after_minor, 0)
    ) AS sentence
FROM held
FULL JOIN stated USING (tenant, member_id, unit)
WHERE coalesce(held.amount, 0) <> coalesce(stated.balance_after_minor, 0);
