-- Which of a tenant's members are in another `activity` segment than `segment_membership` says. Counted from the
-- tenant's latest receipt: new when the first receipt lies within `new_days`; else active when the last lies within
-- `active_days`, lapsing within `lapsing_days`, else lost. Within n days means later than the latest less n times 24
-- hours. Receipts that were returned or lost to another owner are left out; who has no other any more is in `none`.
-- Parameters: tenant, new_days, active_days, lapsing_days. One row per such member, ordered by member.
WITH seen AS (
    SELECT
        member_id,
        min(occurred_at) AS first_at,
        max(occurred_at) AS last_at,
        max(max(occurred_at)) OVER () AS latest_at
    FROM receipt
    WHERE tenant = %(tenant)s AND status = 'RECORDED'
    -- Receipts of nobody known make one group: they count for the latest, and are no member.
    GROUP BY member_id
),

computed AS (
    SELECT
        member_id,
        CASE
            WHEN first_at > latest_at - %(new_days)s * INTERVAL '24 hours' THEN 'new'
            WHEN last_at > latest_at - %(active_days)s * INTERVAL '24 hours' THEN 'active'
            WHEN last_at > latest_at - %(lapsing_days)s * INTERVAL '24 hours' THEN 'lapsing'
            ELSE 'lost'
        END AS segment
    FROM seen
    WHERE member_id IS NOT NULL
)

SELECT
    member_id,
    'activity' AS segment_set,
    coalesce(computed.segment, 'none') AS segment
FROM computed
FULL JOIN (
    SELECT
        member_id,
        segment
    FROM segment_membership
    WHERE tenant = %(tenant)s AND segment_set = 'activity'
) AS known USING (member_id)
WHERE known.segment IS DISTINCT FROM coalesce(computed.segment, 'none')
ORDER BY member_id COLLATE "C";
