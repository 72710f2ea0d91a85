-- Where a batch's changes of lots opened earlier wait for their update; empty after each commit. No row.
CREATE TEMP TABLE staged_lot_change (
    tenant text COLLATE "C",
    member_id text COLLATE "C",
    lot_id text COLLATE "C",
    pending_minor bigint,
    available_minor bigint,
    expired_minor bigint
) ON COMMIT DELETE ROWS;
