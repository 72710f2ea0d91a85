-- Notes what is held for entities, and forgets released ones. No row.
MERGE INTO parked_entity AS held
USING staged_parked_entity AS staged
ON
    held.tenant = staged.tenant
    AND held.entity_kind = staged.entity_kind
    AND held.entity_id = staged.entity_id
WHEN MATCHED AND staged.held_count = 0 THEN DELETE
WHEN MATCHED THEN UPDATE SET
    held_count = staged.held_count,
    failure = CASE WHEN staged.failure = '' THEN held.failure ELSE staged.failure END,
    journal_partition = staged.journal_partition,
    journal_offset = staged.journal_offset
WHEN NOT MATCHED AND staged.held_count > 0 THEN INSERT (
    tenant, entity_kind, entity_id, held_count, failure, journal_partition, journal_offset
) VALUES (
    staged.tenant, staged.entity_kind, staged.entity_id, staged.held_count, staged.failure,
    staged.journal_partition, staged.journal_offset
);
