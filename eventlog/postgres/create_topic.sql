-- Creates a topic and its heads, or does nothing when a topic of this name exists, whatever its partitions.
-- Parameters: name, partition_count, is_kept_for_ever. No rows.
WITH
created AS (
    INSERT INTO topic (name, partition_count, is_kept_for_ever)
    VALUES (%(name)s, %(partition_count)s, %(is_kept_for_ever)s)
    ON CONFLICT (name) DO NOTHING
    RETURNING id, partition_count
)

INSERT INTO head (topic_id, partition)
SELECT created.id, generate_series(0, created.partition_count - 1)
FROM created
