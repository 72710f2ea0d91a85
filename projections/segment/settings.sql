-- The newest settings of a programme that were published, as JSON text. Parameters: tenant, programme. One row, or none.
SELECT
    CASE jsonb_typeof(document)
        -- One that jsonb refuses, kept as the text that it is.
        WHEN 'string' THEN document #>> '{}'
        ELSE document::text
    END AS document
FROM document_version
WHERE tenant = %(tenant)s AND programme = %(programme)s AND campaign_id = ''
ORDER BY version DESC
LIMIT 1;
