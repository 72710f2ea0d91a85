-- Takes rows of entry in binary form; rows that are new. No row.
COPY entry (
    journal_partition, journal_offset, tenant, entity_kind, entity_id, source_key, source_topic,
    source_offset, outcome, recorded_at
) FROM STDIN (FORMAT BINARY);
