-- What became of one input record (`topic`, `partition`, `offset`). One row when it was projected, else none; the
-- refusal's columns are null when it was not refused.
SELECT
    entry.outcome,
    entry.journal_offset,
    coalesce(rejection.reason, '') AS reason,
    coalesce(rejection.field, '') AS field,
    coalesce(rejection.value, '') AS value,
    coalesce(rejection.mend, '') AS mend
FROM entry
LEFT JOIN rejection USING (journal_partition, journal_offset)
WHERE
    entry.source_topic = %(topic)s
    AND entry.journal_partition = %(partition)s
    AND entry.source_offset = %(offset)s;
