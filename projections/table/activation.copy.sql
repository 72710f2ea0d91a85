-- Takes rows of staged_activation in binary form; one row per key and batch. No row.
COPY staged_activation (
    tenant, member_id, event_id, programme, code_hash, occurred_at, zone, status
) FROM STDIN (FORMAT BINARY);
