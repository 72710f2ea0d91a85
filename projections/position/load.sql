-- Where the read models stand. One row per journal partition that has been begun.
SELECT
    journal_partition,
    next_offset,
    position::text AS position,
    recorded_at
FROM journal_position
ORDER BY journal_partition;
