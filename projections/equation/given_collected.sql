-- Is what members gave what tills collected? One row per tenant and currency where it is not.
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'members gave %%s %%s, but tills collected %%s',
        coalesce(-sum(amount_minor) FILTER (WHERE subaccount = 'given'), 0),
        unit,
        coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'collected'), 0)
    ) AS sentence
FROM account
WHERE (kind = 'member' AND subaccount = 'given') OR (kind = 'party' AND subaccount = 'collected')
GROUP BY tenant, unit
HAVING sum(amount_minor) <> 0;
