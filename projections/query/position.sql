-- Where the read models stand. One row per journal partition, ordered by partition.
SELECT
    journal_partition,
    next_offset,
    recorded_at
FROM journal_position
ORDER BY journal_partition;
