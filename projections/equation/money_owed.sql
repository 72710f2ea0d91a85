-- Is all money of causes owed or paid by somebody? What campaigns and parties owe and have paid, with all money of causes
-- and money in transit, sums to zero. One row per tenant and currency where it does not.
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'owed and paid %%s, causes have %%s, in transit %%s %%s: that should sum to zero',
        coalesce(sum(amount_minor) FILTER (WHERE subaccount IN ('money_owed', 'money_paid')), 0),
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'cause'), 0),
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'transit'), 0),
        unit
    ) AS sentence
FROM account
WHERE
    NOT starts_with(unit, 'POINT:') AND NOT starts_with(unit, 'VOTE:')
    AND (subaccount IN ('money_owed', 'money_paid') OR kind IN ('cause', 'transit'))
GROUP BY tenant, unit
HAVING sum(amount_minor) <> 0;
