-- How many members of one tenant are in each segment. One row per set and segment, in this order.
SELECT
    segment_set,
    segment,
    count(*) AS member_count
FROM reporting.segment_membership
WHERE tenant = %(tenant)s
GROUP BY segment_set, segment
ORDER BY segment_set COLLATE "C", segment COLLATE "C";
