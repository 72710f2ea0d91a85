-- The entries of a natural key, in journal order. Parameters: tenant, source_key. One row per entry; all of a key lie in
-- one partition, unless it came under two owners.
SELECT
    journal_partition,
    journal_offset,
    entity_kind,
    entity_id,
    source_key,
    source_topic,
    source_offset,
    outcome,
    recorded_at
FROM entry
WHERE tenant = %(tenant)s AND source_key = %(source_key)s AND source_key <> ''
ORDER BY journal_partition, journal_offset;
