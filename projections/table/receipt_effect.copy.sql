-- Takes rows of receipt_effect in binary form; rows that are new. No row.
COPY receipt_effect (
    tenant, business_date, store_id, till_id, receipt_number, journal_partition, journal_offset, ordinal,
    campaign_id, campaign_version, effect, beneficiary_id, unit, member_id, amount_minor
) FROM STDIN (FORMAT BINARY);
