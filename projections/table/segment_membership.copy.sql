-- Takes rows of staged_segment_membership in binary form; one row per key and batch. No row.
COPY staged_segment_membership (
    tenant, segment_set, member_id, segment, computed_at, position
) FROM STDIN (FORMAT BINARY);
