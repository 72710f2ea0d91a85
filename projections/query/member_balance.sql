-- What a member has in points. Parameters: tenant, member_id. One row per unit, ordered by unit.
SELECT
    unit,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'available'), 0)::bigint AS available_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'pending'), 0)::bigint AS pending_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'reserved'), 0)::bigint AS reserved_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'debt'), 0)::bigint AS debt_minor
FROM account
WHERE tenant = %(tenant)s AND kind = 'member' AND owner = %(member_id)s AND starts_with(unit, 'POINT:')
GROUP BY unit
ORDER BY unit;
