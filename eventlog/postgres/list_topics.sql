-- Which topics are there, with how many partitions? No parameters. A row per topic, by name.
SELECT topic.name, topic.partition_count FROM topic ORDER BY topic.name COLLATE "C"
