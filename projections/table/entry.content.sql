-- Everything entry holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        journal_partition, journal_offset, tenant, entity_kind, entity_id, source_key, source_topic,
        source_offset, outcome, recorded_at
    FROM entry
    ORDER BY journal_partition, journal_offset
) TO STDOUT;
