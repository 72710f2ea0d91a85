-- Everything campaign_party holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, campaign_id, version, ordinal, party_id, share_bp
    FROM campaign_party
    ORDER BY tenant, campaign_id, version, ordinal
) TO STDOUT;
