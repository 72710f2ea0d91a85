-- In which journal partitions a version, or a higher one, is adopted. Parameters: tenant, programme, campaign_id (empty for
-- the programme's settings), version. One row per partition, ordered by partition.
SELECT
    journal_partition,
    min(journal_offset) AS journal_offset
FROM adoption
WHERE
    tenant = %(tenant)s
    AND programme = %(programme)s
    AND campaign_id = %(campaign_id)s
    AND version >= %(version)s
GROUP BY journal_partition
ORDER BY journal_partition;
