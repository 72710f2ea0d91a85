-- Takes rows of staged_lot_change in binary form; one row per lot and batch. No row.
COPY staged_lot_change (
    tenant, member_id, lot_id, pending_minor, available_minor, expired_minor
) FROM STDIN (FORMAT BINARY);
