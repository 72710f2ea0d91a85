-- Where a batch's rows of outcome_count wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_outcome_count (LIKE outcome_count) ON COMMIT DELETE ROWS;
