-- What do these partitions hold? Parameters: topics, partitions: equally long arrays.
-- A row per partition that exists: its place in the arrays from 1, first offset, next offset.
SELECT wanted.number, head.first_offset, head.next_offset
FROM unnest(%(topics)s::text [], %(partitions)s::integer []) WITH ORDINALITY AS wanted (topic, partition, number)
INNER JOIN topic ON wanted.topic = topic.name
INNER JOIN head ON topic.id = head.topic_id AND wanted.partition = head.partition
ORDER BY wanted.number
