-- How far an activation has come. Parameters: tenant, member_id, event_id. One row, or none.
SELECT
    event_id,
    programme,
    code_hash,
    occurred_at,
    zone,
    status
FROM activation
WHERE tenant = %(tenant)s AND member_id = %(member_id)s AND event_id = %(event_id)s;
