-- What each member has in points: one row per tenant, member and unit, over all journal partitions.
CREATE OR REPLACE VIEW reporting.member_balance WITH (security_invoker = true) AS
SELECT
    tenant,
    owner AS member_id,
    unit,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'available'), 0)::bigint AS available,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'pending'), 0)::bigint AS pending,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'reserved'), 0)::bigint AS reserved,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'debt'), 0)::bigint AS debt
FROM account
WHERE kind = 'member' AND starts_with(unit, 'POINT:')
GROUP BY tenant, owner, unit;

COMMENT ON VIEW reporting.member_balance IS 'What each member has in points; one row per member and unit.';
COMMENT ON COLUMN reporting.member_balance.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.member_balance.member_id IS 'The member; a receipt''s key when nobody was known.';
COMMENT ON COLUMN reporting.member_balance.unit IS 'Unit of points, POINT:<programme>.';
COMMENT ON COLUMN reporting.member_balance.available IS 'Can be spent now; minor units, zero or above.';
COMMENT ON COLUMN reporting.member_balance.pending IS 'Earned, not active yet; minor units, zero or above.';
COMMENT ON COLUMN reporting.member_balance.reserved IS 'Set aside for a purchase under way; minor units, zero or above.';
COMMENT ON COLUMN reporting.member_balance.debt IS 'What a return could not take back; minor units, zero or below.';
