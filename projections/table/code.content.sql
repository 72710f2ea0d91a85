-- Everything code holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, code_hash, programme, batch_id, member_id
    FROM code
    ORDER BY tenant, code_hash
) TO STDOUT;
