-- Every change of what a member has available: one row per entry, campaign and unit, none where the change is zero,
-- in the order of journal partition, journal offset and campaign.
CREATE OR REPLACE VIEW reporting.member_statement WITH (security_invoker = true) AS
SELECT
    tenant,
    member_id,
    occurred_at,
    recorded_at,
    source_key,
    campaign_id,
    unit,
    amount_minor AS amount,
    balance_after_minor AS balance_after,
    journal_partition,
    journal_offset
FROM member_statement
ORDER BY journal_partition, journal_offset, campaign_id, unit, tenant, member_id;

COMMENT ON VIEW reporting.member_statement IS 'Every change of what a member has available, in the order of the journal.';
COMMENT ON COLUMN reporting.member_statement.tenant IS 'Whose row it is.';
COMMENT ON COLUMN reporting.member_statement.member_id IS 'The member.';
COMMENT ON COLUMN reporting.member_statement.occurred_at IS
'When it happened at the source; what has no source, such as an expiry, happens when it is recorded.';
COMMENT ON COLUMN reporting.member_statement.recorded_at IS
'When the log took the record; for what has no source, the clock of its journal partition.';
COMMENT ON COLUMN reporting.member_statement.source_key IS 'Natural key of what happened; empty where there is none.';
COMMENT ON COLUMN reporting.member_statement.campaign_id IS 'Campaign that funds the points.';
COMMENT ON COLUMN reporting.member_statement.unit IS 'Unit of points, POINT:<programme>.';
COMMENT ON COLUMN reporting.member_statement.amount IS 'Change of what is available; minor units, never zero.';
COMMENT ON COLUMN reporting.member_statement.balance_after IS 'Available in this unit after the row; minor units.';
COMMENT ON COLUMN reporting.member_statement.journal_partition IS 'Journal partition of the entry.';
COMMENT ON COLUMN reporting.member_statement.journal_offset IS 'Journal offset of the entry.';
