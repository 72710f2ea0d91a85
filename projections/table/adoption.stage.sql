-- Where a batch's rows of adoption wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_adoption (LIKE adoption) ON COMMIT DELETE ROWS;
