-- Has everything that left one partition for another arrived? At rest each way between two partitions is at zero. One row
-- per tenant, way and unit that is not.
SELECT
    %(equation)s AS equation,
    tenant,
    format('%%s %%s are on the way %%s: sent, and not yet taken', sum(amount_minor), unit, owner) AS sentence
FROM account
WHERE kind = 'transit'
GROUP BY tenant, owner, unit
HAVING sum(amount_minor) <> 0;
