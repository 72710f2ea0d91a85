-- Under whom a receipt was recorded, who holds it first: a named owner before an anonymous one, then the earlier by log
-- time, partition and offset; returned or not; then those that lost it. Parameters: tenant, store_id, till_id, receipt_number,
-- business_date. One row per owner.
SELECT
    owner_id,
    member_id,
    status,
    currency,
    total_minor,
    occurred_at,
    recorded_at
FROM receipt
WHERE
    tenant = %(tenant)s
    AND business_date = %(business_date)s
    AND store_id = %(store_id)s
    AND till_id = %(till_id)s
    AND receipt_number = %(receipt_number)s
ORDER BY status = 'CONFLICTED', member_id IS NULL, recorded_at, journal_partition, source_offset, owner_id;
