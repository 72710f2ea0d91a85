-- Adds what is staged to the counters of outcomes. No row.
INSERT INTO outcome_count (journal_partition, outcome, entry_count)
SELECT
    journal_partition,
    outcome,
    entry_count
FROM staged_outcome_count
ON CONFLICT (journal_partition, outcome) DO UPDATE
SET entry_count = outcome_count.entry_count + excluded.entry_count;
