-- Deletes the oldest records of a partition, of those that lie before its beginning.
-- Parameters: topic, partition, record_limit: how many at the most. No rows; the count of the deleted is the result.
DELETE FROM record
USING (
    SELECT old.topic_id, old.partition, old.record_offset
    FROM topic
    INNER JOIN head ON topic.id = head.topic_id
    INNER JOIN record AS old
        ON head.topic_id = old.topic_id AND head.partition = old.partition AND old.record_offset < head.first_offset
    WHERE topic.name = %(topic)s AND head.partition = %(partition)s
    ORDER BY old.record_offset
    LIMIT %(record_limit)s
) AS oldest
WHERE
    record.topic_id = oldest.topic_id
    AND record.partition = oldest.partition
    AND record.record_offset = oldest.record_offset
