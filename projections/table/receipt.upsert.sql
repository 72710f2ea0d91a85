-- Takes new receipts; of known ones only the status changes. No row.
INSERT INTO receipt (
    tenant, business_date, store_id, till_id, receipt_number, owner_id, member_id, programme, status, currency,
    total_minor, occurred_at, recorded_at, journal_partition, source_offset
)
SELECT
    tenant, business_date, store_id, till_id, receipt_number, owner_id, member_id, programme, status, currency,
    total_minor, occurred_at, recorded_at, journal_partition, source_offset
FROM staged_receipt
ON CONFLICT (tenant, business_date, store_id, till_id, receipt_number, owner_id) DO UPDATE
SET status = excluded.status;
