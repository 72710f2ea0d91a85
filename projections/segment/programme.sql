-- The programmes whose settings were published. One row each, ordered by tenant and programme.
SELECT DISTINCT
    tenant,
    programme
FROM document_version
WHERE campaign_id = ''
ORDER BY tenant, programme;
