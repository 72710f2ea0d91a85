-- Which of a tenant's members are in another `activity` segment than `segment_membership` says. Counted from the tenant's
-- latest receipt: new when the first receipt lies within `new_days`; else active when the last lies within `active_days`,
-- lapsing within `lapsing_days`, else lost. Within n days means later than the latest less n times 24 hours. Receipts that
-- were returned or lost to another owner are left out. Parameters: tenant, new_days, active_days, lapsing_days. One row
-- per such member, ordered by member.
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
    computed.member_id,
    'activity' AS segment_set,
    computed.segment
FROM computed
LEFT JOIN segment_membership AS known
    ON
        known.tenant = %(tenant)s
        AND known.segment_set = 'activity'
        AND computed.member_id = known.member_id
WHERE known.segment IS DISTINCT FROM computed.segment
ORDER BY computed.member_id COLLATE "C";
