-- Where a batch's rows of parked_entity wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_parked_entity (
    tenant text,
    entity_kind text,
    entity_id text,
    -- 0 releases the entity.
    held_count integer,
    -- Empty when the failure that began it stands.
    failure text,
    journal_partition integer,
    journal_offset bigint
) ON COMMIT DELETE ROWS;
