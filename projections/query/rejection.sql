-- A page of what was refused, newest first. Parameters: tenant; before_at, before_partition, before_offset: the last row of
-- the page before (all null for the first page); page_rows. At most page_rows rows.
SELECT
    journal_partition,
    journal_offset,
    source_key,
    source_topic,
    source_offset,
    reason,
    field,
    value,
    mend,
    is_transient,
    recorded_at
FROM rejection
WHERE
    tenant = %(tenant)s
    AND (
        %(before_at)s::timestamptz IS NULL
        OR (recorded_at, journal_partition, journal_offset)
        < (%(before_at)s::timestamptz, %(before_partition)s::integer, %(before_offset)s::bigint)
    )
ORDER BY recorded_at DESC, journal_partition DESC, journal_offset DESC
LIMIT %(page_rows)s;
