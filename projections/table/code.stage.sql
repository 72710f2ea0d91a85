-- Where a batch's rows of code wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_code (LIKE code) ON COMMIT DELETE ROWS;
