-- Changes lots by what is staged; touches exactly one lot per staged row, or the journal is broken. No row.
UPDATE lot SET
    pending_minor = lot.pending_minor + staged.pending_minor,
    available_minor = lot.available_minor + staged.available_minor,
    expired_minor = lot.expired_minor + staged.expired_minor
FROM staged_lot_change AS staged
WHERE
    lot.tenant = staged.tenant
    AND lot.member_id = staged.member_id
    AND lot.lot_id = staged.lot_id;
