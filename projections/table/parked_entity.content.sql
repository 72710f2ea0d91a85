-- Everything parked_entity holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, entity_kind, entity_id, held_count, failure, journal_partition, journal_offset
    FROM parked_entity
    ORDER BY tenant, entity_kind, entity_id
) TO STDOUT;
