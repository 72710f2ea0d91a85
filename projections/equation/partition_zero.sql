-- Does every journal partition sum to zero per unit? One row per tenant, partition and unit that does not. Each entry is
-- checked when it is projected; the whole sums to zero when all partitions do.
SELECT
    %(equation)s AS equation,
    tenant,
    format('partition %%s: all postings in %%s sum to %%s, not to zero', journal_partition, unit, sum(amount_minor)) AS sentence
FROM account
GROUP BY tenant, journal_partition, unit
HAVING sum(amount_minor) <> 0;
