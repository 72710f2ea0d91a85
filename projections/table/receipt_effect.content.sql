-- Everything receipt_effect holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, business_date, store_id, till_id, receipt_number, journal_partition, journal_offset,
        ordinal, campaign_id, campaign_version, effect, beneficiary_id, unit, member_id, amount_minor
    FROM receipt_effect
    ORDER BY tenant, business_date, store_id, till_id, receipt_number, journal_partition, journal_offset, ordinal
) TO STDOUT;
