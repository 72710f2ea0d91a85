-- Moves positions by compare-and-set, element by element of the arrays: each of `partitions` from `old_offsets` to
-- `new_offsets`, with the reader's whole `positions` (JSON as text) and the newest time seen (`recorded_at`, null: none).
-- Touches exactly one row per element, unless another projector was faster: then fewer, and the whole batch must be
-- given up. No row.
UPDATE journal_position AS held SET
    next_offset = moved.new_offset,
    position = moved.position::jsonb,
    recorded_at = greatest(held.recorded_at, moved.recorded_at)
FROM unnest(
    %(partitions)s::integer [],
    %(old_offsets)s::bigint [],
    %(new_offsets)s::bigint [],
    %(positions)s::text [],
    %(recorded_at)s::timestamptz []
) AS moved (journal_partition, old_offset, new_offset, position, recorded_at)
WHERE held.journal_partition = moved.journal_partition AND held.next_offset = moved.old_offset;
