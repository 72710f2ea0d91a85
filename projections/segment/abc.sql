-- Which of a tenant's members are in another `abc` segment than `segment_membership` says. Pareto by spend (line
-- amounts without donations) in the window from the tenant's latest receipt back `window_days` times 24 hours, the
-- beginning left out: members by spend descending, then by id; A while 100 times the spend of those before is below
-- `a_percent` times all spend, B while below `b_percent` times, else C. Who bought only before the window has spent
-- nothing in it. Receipts that were returned or lost to another owner are left out; who has no other any more is in
-- `none`. Parameters: tenant, window_days, a_percent, b_percent. One row per such member, ordered by member.
WITH counted AS (
    SELECT
        member_id,
        total_minor,
        occurred_at,
        max(occurred_at) OVER () AS latest_at
    FROM receipt
    WHERE tenant = %(tenant)s AND status = 'RECORDED'
),

spent AS (
    SELECT
        member_id,
        coalesce(
            sum(total_minor) FILTER (
                WHERE occurred_at > latest_at - %(window_days)s * INTERVAL '24 hours' AND occurred_at <= latest_at
            ),
            0
        ) AS spend
    FROM counted
    WHERE member_id IS NOT NULL
    GROUP BY member_id
),

ranked AS (
    SELECT
        member_id,
        sum(spend) OVER (
            ORDER BY spend DESC, member_id COLLATE "C" ROWS UNBOUNDED PRECEDING
        ) - spend AS spend_before,
        sum(spend) OVER () AS spend_all
    FROM spent
),

computed AS (
    SELECT
        member_id,
        CASE
            WHEN 100 * spend_before < %(a_percent)s * spend_all THEN 'A'
            WHEN 100 * spend_before < %(b_percent)s * spend_all THEN 'B'
            ELSE 'C'
        END AS segment
    FROM ranked
)

SELECT
    member_id,
    'abc' AS segment_set,
    coalesce(computed.segment, 'none') AS segment
FROM computed
FULL JOIN (
    SELECT
        member_id,
        segment
    FROM segment_membership
    WHERE tenant = %(tenant)s AND segment_set = 'abc'
) AS known USING (member_id)
WHERE known.segment IS DISTINCT FROM coalesce(computed.segment, 'none')
ORDER BY member_id COLLATE "C";
