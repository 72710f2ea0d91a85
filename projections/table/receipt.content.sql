-- Everything receipt holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, business_date, store_id, till_id, receipt_number, owner_id, member_id, programme, status,
        currency, total_minor, occurred_at, recorded_at, journal_partition, source_offset
    FROM receipt
    ORDER BY tenant, business_date, store_id, till_id, receipt_number, owner_id
) TO STDOUT;
