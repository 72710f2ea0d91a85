-- Takes rows of staged_document_version in binary form; one row per key and batch. No row.
COPY staged_document_version (
    tenant, programme, campaign_id, version, document, published_at
) FROM STDIN (FORMAT BINARY);
