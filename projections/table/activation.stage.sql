-- Where a batch's rows of activation wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_activation (LIKE activation) ON COMMIT DELETE ROWS;
