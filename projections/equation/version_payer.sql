-- Does every campaign version that holds something say who pays, with shares that make a whole? One row per tenant,
-- campaign and version that does not: its amounts would be missing in `reporting.party_statement`.
SELECT
    %(equation)s AS equation,
    held.tenant,
    format(
        'version %%s of campaign %%s holds amounts, but its parties have %%s of 10000 basis points',
        held.version, held.campaign_id, coalesce(share.share_bp, 0)
    ) AS sentence
FROM (
    SELECT DISTINCT
        tenant,
        campaign_id,
        substring(owner FROM '[0-9]+$')::integer AS version
    FROM account
    WHERE kind = 'campaign' AND amount_minor <> 0
) AS held
LEFT JOIN (
    SELECT
        tenant,
        campaign_id,
        version,
        sum(share_bp) AS share_bp
    FROM campaign_party
    GROUP BY tenant, campaign_id, version
) AS share USING (tenant, campaign_id, version)
WHERE share.share_bp IS DISTINCT FROM 10000;
