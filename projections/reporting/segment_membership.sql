-- Which segment of each set a member is in: one row per set and member, none where a member has left the set.
CREATE OR REPLACE VIEW reporting.segment_membership WITH (security_invoker = true) AS
SELECT
    tenant,
    segment_set,
    segment,
    member_id,
    computed_at,
    position
FROM segment_membership
WHERE segment <> 'none';

COMMENT ON VIEW reporting.segment_membership IS 'Which segment of each set a member is in; one row per set and member.';
COMMENT ON COLUMN reporting.segment_membership.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.segment_membership.segment_set IS 'The set, such as abc.';
COMMENT ON COLUMN reporting.segment_membership.segment IS 'The segment within the set.';
COMMENT ON COLUMN reporting.segment_membership.member_id IS 'The member.';
COMMENT ON COLUMN reporting.segment_membership.computed_at IS 'When the member was found to have come into it.';
COMMENT ON COLUMN reporting.segment_membership.position IS
'What that computation had seen: the next offset of each journal partition.';
