-- Records that could not be decoded. One row each, in journal order.
SELECT
    journal_partition,
    journal_offset,
    source_topic,
    source_offset,
    recorded_at
FROM dead_letter
ORDER BY journal_partition, journal_offset;
