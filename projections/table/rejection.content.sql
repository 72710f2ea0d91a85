-- Everything rejection holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, journal_partition, journal_offset, source_key, source_topic, source_offset, reason, field,
        value, mend, is_transient, recorded_at
    FROM rejection
    ORDER BY tenant, journal_partition, journal_offset
) TO STDOUT;
