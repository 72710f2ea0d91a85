-- Moves the beginning of a partition forward, at most to its end; never back. The records are still there afterwards.
-- Parameters: topic, partition, first_offset. One row with the new beginning; none when there is no such partition.
UPDATE head
SET first_offset = least(greatest(head.first_offset, %(first_offset)s::bigint), head.next_offset)
FROM topic
WHERE topic.name = %(topic)s AND head.topic_id = topic.id AND head.partition = %(partition)s
RETURNING head.first_offset
