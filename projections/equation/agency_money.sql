-- Is the money at the agency, paid by parties and not passed on, what causes have as funded? One row per tenant and
-- currency where it is not. (Gifts reversed out of `funded` come with returns after the close, which are not built yet.)
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'parties paid %%s %%s, causes have %%s funded, transferred or confirmed',
        coalesce(-sum(amount_minor) FILTER (WHERE kind = 'party'), 0),
        unit,
        coalesce(sum(amount_minor) FILTER (WHERE kind = 'cause'), 0)
    ) AS sentence
FROM account
WHERE
    (kind = 'party' AND subaccount = 'money_paid')
    OR (kind = 'cause' AND subaccount IN ('funded', 'transferred', 'confirmed'))
GROUP BY tenant, unit
HAVING sum(amount_minor) <> 0;
