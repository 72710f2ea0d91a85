-- Everything activation holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, member_id, event_id, programme, code_hash, occurred_at, zone, status
    FROM activation
    ORDER BY tenant, member_id, event_id
) TO STDOUT;
