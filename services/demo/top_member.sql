-- The members with the most points available, of one tenant. At most `row_count` rows, ties by id.
SELECT
    balance.member_id,
    balance.unit,
    balance.available,
    coalesce(max(membership.segment) FILTER (WHERE membership.segment_set = 'abc'), '') AS abc,
    coalesce(max(membership.segment) FILTER (WHERE membership.segment_set = 'activity'), '') AS activity
FROM reporting.member_balance AS balance
LEFT JOIN reporting.segment_membership AS membership USING (tenant, member_id)
WHERE balance.tenant = %(tenant)s
GROUP BY balance.member_id, balance.unit, balance.available
ORDER BY balance.available DESC, balance.member_id COLLATE "C"
LIMIT %(row_count)s;
