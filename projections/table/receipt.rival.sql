-- What is held of the staged receipts, under every owner. One row per such owner, or more: one for each staged one.
SELECT
    held.tenant,
    held.business_date - DATE '1970-01-01' AS business_day,
    held.store_id,
    held.till_id,
    held.receipt_number,
    held.owner_id,
    held.member_id,
    held.status,
    (extract(EPOCH FROM held.recorded_at) * 1000)::bigint AS recorded_at_ms,
    held.journal_partition,
    held.source_offset
FROM staged_receipt AS staged
INNER JOIN receipt AS held
    ON
        held.tenant = staged.tenant
        AND held.business_date = staged.business_date
        AND held.store_id = staged.store_id
        AND held.till_id = staged.till_id
        AND held.receipt_number = staged.receipt_number;
