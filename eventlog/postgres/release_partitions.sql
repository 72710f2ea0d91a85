-- Gives partitions back to the group. Parameters: members: the first key of the group's locks; partitions.
-- A row per partition: its number, and whether this session had it.
SELECT wanted.number, pg_advisory_unlock(%(members)s::integer, wanted.number)
FROM unnest(%(partitions)s::integer []) AS wanted (number)
ORDER BY wanted.number
