-- Takes rows of member_statement in binary form; rows that are new. No row.
COPY member_statement (
    tenant, member_id, journal_partition, journal_offset, campaign_id, unit, amount_minor,
    balance_after_minor, occurred_at, recorded_at, source_key
) FROM STDIN (FORMAT BINARY);
