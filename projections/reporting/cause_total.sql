-- How far the gifts to each beneficiary have come: one row per campaign, beneficiary and unit, over all journal partitions.
CREATE OR REPLACE VIEW reporting.cause_total WITH (security_invoker = true) AS
SELECT
    tenant,
    campaign_id,
    owner AS beneficiary_id,
    unit,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount IN ('accrued', 'points')), 0)::bigint AS accrued,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'pledged'), 0)::bigint AS pledged,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'funded'), 0)::bigint AS funded,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'transferred'), 0)::bigint AS transferred,
    coalesce(sum(amount_minor) FILTER (WHERE subaccount = 'confirmed'), 0)::bigint AS confirmed
FROM account
WHERE
    kind = 'cause'
    AND subaccount IN ('accrued', 'points', 'pledged', 'funded', 'transferred', 'confirmed')
GROUP BY tenant, campaign_id, owner, unit;

COMMENT ON VIEW reporting.cause_total IS 'How far the gifts to each beneficiary have come, by campaign and unit.';
COMMENT ON COLUMN reporting.cause_total.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.cause_total.campaign_id IS 'Campaign that gives.';
COMMENT ON COLUMN reporting.cause_total.beneficiary_id IS 'Who gets it.';
COMMENT ON COLUMN reporting.cause_total.unit IS 'Currency, or unit of points.';
COMMENT ON COLUMN reporting.cause_total.accrued IS
'Given, its period not closed yet; in a unit of points, given and not yet turned into money; minor units.';
COMMENT ON COLUMN reporting.cause_total.pledged IS 'Owed to the beneficiary since a period closed; minor units.';
COMMENT ON COLUMN reporting.cause_total.funded IS 'Paid in by the parties, not yet passed on; minor units.';
COMMENT ON COLUMN reporting.cause_total.transferred IS 'Passed on, not yet confirmed; minor units.';
COMMENT ON COLUMN reporting.cause_total.confirmed IS 'Received, as the beneficiary confirms; minor units.';
