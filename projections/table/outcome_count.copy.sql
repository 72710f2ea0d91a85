-- Takes rows of staged_outcome_count in binary form; one row per key and batch. No row.
COPY staged_outcome_count (
    journal_partition, outcome, entry_count
) FROM STDIN (FORMAT BINARY);
