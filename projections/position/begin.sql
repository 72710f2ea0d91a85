-- Notes journal partitions 0 to `partition_count` - 1 that are not known yet, at their beginning. No row.
INSERT INTO journal_position (journal_partition, next_offset, position)
SELECT
    journal_partition,
    0,
    %(start)s::text::jsonb
FROM generate_series(0, %(partition_count)s::integer - 1) AS journal_partition
ON CONFLICT (journal_partition) DO NOTHING;
