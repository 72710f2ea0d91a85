-- Everything document_version holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, programme, campaign_id, version, document, published_at
    FROM document_version
    ORDER BY tenant, campaign_id, version, programme
) TO STDOUT;
