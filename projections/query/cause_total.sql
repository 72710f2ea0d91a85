-- How far the gifts of a tenant have come. Parameter: tenant. One row per campaign, beneficiary and unit, in this order.
SELECT
    campaign_id,
    owner AS beneficiary_id,
    unit,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount IN ('accrued', 'points')), 0)::bigint AS accrued_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'pledged'), 0)::bigint AS pledged_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'funded'), 0)::bigint AS funded_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'transferred'), 0)::bigint AS transferred_minor,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'confirmed'), 0)::bigint AS confirmed_minor
FROM account
WHERE
    tenant = %(tenant)s
    AND kind = 'cause'
    AND subaccount IN ('accrued', 'points', 'pledged', 'funded', 'transferred', 'confirmed')
GROUP BY campaign_id, owner, unit
ORDER BY campaign_id, owner, unit;
