-- What the causes of one tenant have been given. One row per campaign, beneficiary and unit, in this order.
SELECT
    campaign_id,
    beneficiary_id,
    unit,
    accrued
FROM reporting.cause_total
WHERE tenant = %(tenant)s
ORDER BY campaign_id COLLATE "C", beneficiary_id COLLATE "C", unit COLLATE "C";
