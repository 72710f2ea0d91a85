-- Takes rows of staged_account in binary form; one row per key and batch. No row.
COPY staged_account (
    tenant, kind, campaign_id, owner, subaccount, unit, journal_partition, amount_minor
) FROM STDIN (FORMAT BINARY);
