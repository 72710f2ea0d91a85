-- Are the parties of every campaign version those of its document? One row per tenant, campaign and version where they are
-- not. A document that jsonb refuses stands there as a text; it is not looked into.
WITH newest AS (
    SELECT DISTINCT ON (tenant, campaign_id, version)
        tenant,
        campaign_id,
        version,
        document
    FROM document_version
    WHERE campaign_id <> ''
    ORDER BY tenant, campaign_id, version, published_at DESC, programme
),

told AS (
    SELECT
        newest.tenant,
        newest.campaign_id,
        newest.version,
        party.ordinal,
        (party.document ->> 'party') COLLATE "C" AS party_id,
        (party.document ->> 'share_bp') COLLATE "C" AS share_bp
    FROM newest
    CROSS JOIN LATERAL jsonb_array_elements(
        CASE jsonb_typeof(newest.document -> 'parties') WHEN 'array' THEN newest.document -> 'parties' ELSE '[]' END
    ) WITH ORDINALITY AS party (document, ordinal)
),

held AS (
    SELECT
        tenant,
        campaign_id,
        version,
        ordinal,
        party_id,
        share_bp::text COLLATE "C" AS share_bp
    FROM campaign_party
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'version %%s of campaign %%s has %%s parties that are not as its document says', version, campaign_id, count(*)
    ) AS sentence
FROM held
FULL JOIN told USING (tenant, campaign_id, version, ordinal)
WHERE
    (held.party_id, held.share_bp) IS DISTINCT FROM (told.party_id, told.share_bp)
    AND NOT EXISTS (
        SELECT FROM newest
        WHERE
            newest.tenant = coalesce(held.tenant, told.tenant)
            AND newest.campaign_id = coalesce(held.campaign_id, told.campaign_id)
            AND newest.version = coalesce(held.version, told.version)
            AND jsonb_typeof(newest.document) = 'string'
    )
GROUP BY tenant, campaign_id, version;
