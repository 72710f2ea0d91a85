-- Has every account the sign it may have? Members', certificates', budgets' and stocks' in each partition, shared accounts
-- in the sum over partitions. One row per account that has not.
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'account %%s is %%s %%s; it must be zero or %%s',
        concat_ws('.', kind, nullif(campaign_id, ''), owner, nullif(subaccount, '')),
        sum(amount_minor), unit, CASE wanted WHEN 1 THEN 'above' ELSE 'below' END
    ) AS sentence
FROM account
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN kind = 'transit' OR subaccount IN ('money_owed', 'clearing') THEN 0
        WHEN subaccount IN ('debt', 'given', 'points_funded', 'money_paid', 'recoverable', 'votes_cast', 'issued') THEN -1
        ELSE 1
    END AS wanted
) AS rule
GROUP BY
    tenant, kind, campaign_id, owner, subaccount, unit, wanted,
    CASE WHEN kind IN ('member', 'certificate', 'budget', 'stock') THEN journal_partition END
HAVING wanted * sum(amount_minor) < 0;
