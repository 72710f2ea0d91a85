-- Everything lot holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, member_id, lot_id, unit, campaign_id, campaign_version, origin, opened_minor,
        pending_minor, available_minor, reserved_minor, expired_minor, earned_at, active_from, expires_at
    FROM lot
    ORDER BY tenant, member_id, lot_id
) TO STDOUT;
