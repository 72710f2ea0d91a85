-- Takes rows of staged_receipt in binary form; one row per key and batch. No row.
COPY staged_receipt (
    tenant, business_date, store_id, till_id, receipt_number, owner_id, member_id, programme, status,
    currency, total_minor, occurred_at, recorded_at, journal_partition, source_offset
) FROM STDIN (FORMAT BINARY);
