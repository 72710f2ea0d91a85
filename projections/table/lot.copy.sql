-- Takes rows of lot in binary form; rows that are new. No row.
COPY lot (
    tenant, member_id, lot_id, unit, campaign_id, campaign_version, origin, opened_minor, pending_minor,
    available_minor, reserved_minor, expired_minor, earned_at, active_from, expires_at
) FROM STDIN (FORMAT BINARY);
