-- What rules gave on a receipt, less what was taken back, nothing left out where something is left. Parameters: tenant,
-- store_id, till_id, receipt_number, business_date. One row per member, campaign, effect and unit, in this order.
SELECT
    member_id,
    campaign_id,
    effect,
    unit,
    sum(amount_minor)::bigint AS amount_minor
FROM receipt_effect
WHERE
    tenant = %(tenant)s
    AND business_date = %(business_date)s
    AND store_id = %(store_id)s
    AND till_id = %(till_id)s
    AND receipt_number = %(receipt_number)s
GROUP BY member_id, campaign_id, effect, unit
HAVING sum(amount_minor) <> 0
ORDER BY member_id, campaign_id, effect, unit;
