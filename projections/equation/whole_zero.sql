-- Does the whole sum to zero per unit, over all partitions? One row per tenant and unit that does not.
SELECT
    %(equation)s AS equation,
    tenant,
    format('all postings in %%s sum to %%s, not to zero', unit, sum(amount_minor)) AS sentence
FROM account
GROUP BY tenant, unit
HAVING sum(amount_minor) <> 0;
