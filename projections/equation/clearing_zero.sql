-- Does the clearing of campaigns and parties sum to zero? One row per tenant and unit where it does not.
SELECT
    %(equation)s AS equation,
    tenant,
    format('clearing of campaigns and parties sums to %%s %%s, not to zero', sum(amount_minor), unit) AS sentence
FROM account
WHERE kind IN ('campaign', 'party') AND subaccount = 'clearing'
GROUP BY tenant, unit
HAVING sum(amount_minor) <> 0;
