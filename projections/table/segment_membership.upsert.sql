-- Takes members' newest segments. No row.
INSERT INTO segment_membership (tenant, segment_set, member_id, segment, computed_at, position)
SELECT
    tenant,
    segment_set,
    member_id,
    segment,
    computed_at,
    position::jsonb
FROM staged_segment_membership
ON CONFLICT (tenant, segment_set, member_id) DO UPDATE
SET segment = excluded.segment, computed_at = excluded.computed_at, position = excluded.position;
