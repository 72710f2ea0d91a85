-- Everything dead_letter holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        journal_partition, journal_offset, source_topic, source_offset, recorded_at
    FROM dead_letter
    ORDER BY journal_partition, journal_offset
) TO STDOUT;
