-- Which segments a member is in, but for sets that it has left. Parameters: tenant, member_id. One row per set, ordered by set.
SELECT
    segment_set,
    segment,
    computed_at,
    position
FROM segment_membership
WHERE tenant = %(tenant)s AND member_id = %(member_id)s AND segment <> 'none'
ORDER BY segment_set;
