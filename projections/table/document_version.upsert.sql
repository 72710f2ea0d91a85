-- Takes versions that are new, also such as jsonb refuses; publication and adoptions carry the same document. No row.
INSERT INTO document_version (tenant, programme, campaign_id, version, document, published_at)
SELECT
    tenant,
    programme,
    campaign_id,
    version,
    to_document(document),
    published_at
FROM staged_document_version
ON CONFLICT (tenant, campaign_id, version, programme) DO NOTHING;
