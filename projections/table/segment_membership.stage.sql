-- Where a batch's rows of segment_membership wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_segment_membership (
    tenant text,
    segment_set text,
    member_id text,
    segment text,
    computed_at timestamptz,
    -- JSON, still as text.
    position text
) ON COMMIT DELETE ROWS;
