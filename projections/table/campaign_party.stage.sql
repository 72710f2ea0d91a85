-- Where a batch's rows of campaign_party wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_campaign_party (LIKE campaign_party) ON COMMIT DELETE ROWS;
