-- Takes rows of staged_campaign_party in binary form; one row per key and batch. No row.
COPY staged_campaign_party (
    tenant, campaign_id, version, ordinal, party_id, share_bp
) FROM STDIN (FORMAT BINARY);
