-- Appends records to several partitions, all or nothing, in the order in which they are named.
-- Parameters: topics, partitions, counts: equally long arrays, how many records go where; keys, values and headers:
--   equally long arrays of bytea with the records, those of the first partition first.
-- Rows: one per partition named: its place in the arrays, from 1, and the offset of its first record, or NULL when there
-- is no such partition.
-- One statement, because the server begins it when it has all of it: a client that is stopped while it sends holds no
-- lock. Of several, even in a pipeline, it could leave off after the first, and hold that one's lock until it goes on.
SELECT
    place.number,
    append(
        place.topic,
        place.partition,
        (%(keys)b::bytea [])[place.first_record:place.last_record],
        (%(values)b::bytea [])[place.first_record:place.last_record],
        (%(headers)b::bytea [])[place.first_record:place.last_record]
    ) AS first_offset
FROM (
    SELECT
        wanted.number,
        wanted.topic,
        wanted.partition,
        sum(wanted.count) OVER before_and_this - wanted.count + 1 AS first_record,
        sum(wanted.count) OVER before_and_this AS last_record
    FROM unnest(%(topics)s::text [], %(partitions)s::integer [], %(counts)s::integer [])
        WITH ORDINALITY AS wanted (topic, partition, count, number)
    WINDOW before_and_this AS (ORDER BY wanted.number ROWS UNBOUNDED PRECEDING)
    ORDER BY wanted.number
    -- The order of the calls is the order of the locks; this keeps the planner from another one.
    OFFSET 0
) AS place
