-- Takes rows of staged_parked_entity in binary form; one row per key and batch. No row.
COPY staged_parked_entity (
    tenant, entity_kind, entity_id, held_count, failure, journal_partition, journal_offset
) FROM STDIN (FORMAT BINARY);
