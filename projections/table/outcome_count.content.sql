-- Everything outcome_count holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        journal_partition, outcome, entry_count
    FROM outcome_count
    ORDER BY journal_partition, outcome
) TO STDOUT;
