-- Takes the parties of versions that are new. No row.
INSERT INTO campaign_party (tenant, campaign_id, version, ordinal, party_id, share_bp)
SELECT
    tenant,
    campaign_id,
    version,
    ordinal,
    party_id,
    share_bp
FROM staged_campaign_party
ON CONFLICT (tenant, campaign_id, version, ordinal) DO NOTHING;
