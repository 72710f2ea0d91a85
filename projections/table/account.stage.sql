-- Where a batch's rows of account wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_account (LIKE account) ON COMMIT DELETE ROWS;
