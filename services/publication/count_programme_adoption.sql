-- How many partitions have adopted some version of a programme's settings (`tenant`, `programme`). One row.
SELECT count(DISTINCT journal_partition) AS partition_count
FROM adoption
WHERE tenant = %(tenant)s AND programme = %(programme)s AND campaign_id = '';
