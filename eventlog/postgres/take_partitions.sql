-- Takes the partitions that nobody owns. Parameters: members: the first key of the group's locks; partitions.
-- A row per partition asked for: its number, and whether it was free.
SELECT wanted.number, pg_try_advisory_lock(%(members)s::integer, wanted.number)
FROM unnest(%(partitions)s::integer []) AS wanted (number)
ORDER BY wanted.number
