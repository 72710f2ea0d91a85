-- The receipt of one tenant on which the most campaigns gave something; ties by key. One row, or none without receipts.
SELECT
    store_id,
    till_id,
    receipt_number,
    business_date::text AS business_date
FROM reporting.receipt_effect
WHERE tenant = %(tenant)s
GROUP BY store_id, till_id, receipt_number, business_date
ORDER BY
    count(*) DESC,
    business_date,
    store_id COLLATE "C",
    till_id COLLATE "C",
    receipt_number COLLATE "C"
LIMIT 1;
