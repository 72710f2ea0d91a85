-- Takes rows of staged_code in binary form; one row per key and batch. No row.
COPY staged_code (
    tenant, code_hash, programme, batch_id, member_id
) FROM STDIN (FORMAT BINARY);
