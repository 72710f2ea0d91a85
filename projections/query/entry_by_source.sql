-- The entry that decided an input record. Parameters: topic, partition, source_offset. One row, or none.
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
WHERE source_topic = %(topic)s AND journal_partition = %(partition)s AND source_offset = %(source_offset)s;
