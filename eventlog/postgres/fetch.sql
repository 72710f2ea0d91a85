-- Which records come next, and what does each partition hold? All from one snapshot.
-- Parameters: topics, partitions, offsets: equally long arrays, what to read and from where (-1: from the first);
--   record_limit, byte_limit: per partition; one record comes even if it is larger than the limit.
-- Rows: per partition that exists at least one, without a record (its columns NULL) where none is to be had.
-- `wanted` is the place in the arrays, from 1; `start` the offset that was read from.
SELECT
    place.wanted,
    place.start,
    place.first_offset,
    place.next_offset,
    near.record_offset,
    near.log_time,
    near.key,
    near.value,
    near.headers
FROM (
    SELECT
        wanted.number AS wanted,
        head.topic_id,
        head.partition,
        head.first_offset,
        head.next_offset,
        CASE WHEN wanted.next_offset < 0 THEN head.first_offset ELSE wanted.next_offset END AS start
    FROM unnest(%(topics)s::text [], %(partitions)s::integer [], %(offsets)s::bigint [])
        WITH ORDINALITY AS wanted (topic, partition, next_offset, number)
    INNER JOIN topic ON wanted.topic = topic.name
    INNER JOIN head ON topic.id = head.topic_id AND wanted.partition = head.partition
) AS place
-- What lies outside the log, or at its end, is not looked for at all.
LEFT JOIN LATERAL (
    SELECT *
    FROM (
        SELECT
            nearest.*,
            sum(coalesce(octet_length(nearest.value), 0) + coalesce(octet_length(nearest.headers), 0))
                OVER (ORDER BY nearest.record_offset ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
        FROM (
            SELECT record.*
            FROM record
            WHERE
                record.topic_id = place.topic_id
                AND record.partition = place.partition
                AND record.record_offset >= place.start
                AND place.start >= place.first_offset
                AND place.start < place.next_offset
            ORDER BY record.record_offset
            LIMIT %(record_limit)s
        ) AS nearest
    ) AS sized
    WHERE sized.bytes_before IS NULL OR sized.bytes_before < %(byte_limit)s
) AS near ON TRUE
ORDER BY place.wanted, near.record_offset
