-- Whether what was published under a number (`tenant`, `programme`, `campaign_id`, empty for settings, `version`) is
-- `document`. One row when there is such a version, else none.
SELECT document = %(document)s::text::jsonb AS is_same
FROM document_version
WHERE
    tenant = %(tenant)s
    AND programme = %(programme)s
    AND campaign_id = %(campaign_id)s
    AND version = %(version)s;
