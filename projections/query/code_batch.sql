-- How many codes of each batch were issued and used. Parameter: tenant. One row per programme and batch, in this order.
SELECT
    programme,
    batch_id,
    count(*) AS issued_count,
    count(member_id) AS used_count
FROM code
WHERE tenant = %(tenant)s
GROUP BY programme, batch_id
ORDER BY programme, batch_id;
