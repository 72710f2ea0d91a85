-- What rules gave on each receipt, less what was taken back: one row per receipt, member, campaign, effect and unit,
-- none where nothing is left.
CREATE OR REPLACE VIEW reporting.receipt_effect WITH (security_invoker = true) AS
SELECT
    tenant,
    store_id,
    till_id,
    receipt_number,
    business_date,
    member_id,
    campaign_id,
    effect,
    unit,
    sum(amount_minor)::bigint AS amount
FROM receipt_effect
GROUP BY tenant, store_id, till_id, receipt_number, business_date, member_id, campaign_id, effect, unit
HAVING sum(amount_minor) <> 0;

COMMENT ON VIEW reporting.receipt_effect IS 'What rules gave on each receipt, less what was taken back.';
COMMENT ON COLUMN reporting.receipt_effect.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.receipt_effect.store_id IS 'Store of the receipt.';
COMMENT ON COLUMN reporting.receipt_effect.till_id IS 'Till of the receipt.';
COMMENT ON COLUMN reporting.receipt_effect.receipt_number IS 'Number of the receipt.';
COMMENT ON COLUMN reporting.receipt_effect.business_date IS 'Trading day of the receipt.';
COMMENT ON COLUMN reporting.receipt_effect.member_id IS 'The member; null when nobody was known.';
COMMENT ON COLUMN reporting.receipt_effect.campaign_id IS 'Campaign whose rule it was.';
COMMENT ON COLUMN reporting.receipt_effect.effect IS 'Kind of effect, as in the campaign''s file.';
COMMENT ON COLUMN reporting.receipt_effect.unit IS 'Unit of the amount.';
COMMENT ON COLUMN reporting.receipt_effect.amount IS 'Given less taken back; minor units, never zero.';
