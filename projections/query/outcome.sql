-- How many entries had which outcome. One row per journal partition and outcome, in this order.
SELECT
    journal_partition,
    outcome,
    entry_count
FROM outcome_count
ORDER BY journal_partition, outcome;
