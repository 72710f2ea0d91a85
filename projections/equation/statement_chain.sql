-- Does every row of a member's statement begin at the balance where the row before it ended? One row per tenant, member and
-- unit where some do not.
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'the statement of member %%s in %%s has %%s rows whose amount is not what the balance changed by',
        member_id, unit, count(*)
    ) AS sentence
FROM (
    SELECT
        tenant,
        member_id,
        unit,
        amount_minor,
        balance_after_minor - lag(balance_after_minor, 1, 0::bigint) OVER (
            PARTITION BY tenant, member_id, unit
            ORDER BY journal_partition, journal_offset, campaign_id
        ) AS change_minor
    FROM member_statement
) AS step
WHERE change_minor <> amount_minor
GROUP BY tenant, member_id, unit;
