-- Where a batch's rows of document_version wait for their upsert; empty after each commit. No row.
CREATE TEMP TABLE staged_document_version (
    tenant text,
    programme text,
    campaign_id text,
    version integer,
    -- JSON, still as text.
    document text,
    published_at timestamptz
) ON COMMIT DELETE ROWS;
