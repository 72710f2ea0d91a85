-- Entities whose records are held because one kept failing. One row each, ordered by tenant, kind and id.
SELECT
    tenant,
    entity_kind,
    entity_id,
    held_count,
    failure,
    journal_partition,
    journal_offset
FROM parked_entity
ORDER BY tenant, entity_kind, entity_id;
