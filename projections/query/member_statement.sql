-- A page of a member's statement, oldest first. Parameters: tenant, member_id; after_partition, after_offset,
-- after_campaign_id, after_unit: the last row of the page before (-1, -1 and two empty texts for the first page); page_rows.
-- At most page_rows rows.
SELECT
    journal_partition,
    journal_offset,
    campaign_id,
    unit,
    amount_minor,
    balance_after_minor,
    occurred_at,
    recorded_at,
    source_key
FROM member_statement
WHERE
    tenant = %(tenant)s
    AND member_id = %(member_id)s
    AND (journal_partition, journal_offset, campaign_id, unit)
    > (%(after_partition)s, %(after_offset)s, %(after_campaign_id)s, %(after_unit)s)
ORDER BY journal_partition, journal_offset, campaign_id, unit
LIMIT %(page_rows)s;
