-- Where a batch's rows of receipt wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_receipt (LIKE receipt) ON COMMIT DELETE ROWS;
