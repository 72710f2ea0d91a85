-- Everything member_statement holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, member_id, journal_partition, journal_offset, campaign_id, unit, amount_minor,
        balance_after_minor, occurred_at, recorded_at, source_key
    FROM member_statement
    ORDER BY tenant, member_id, journal_partition, journal_offset, campaign_id, unit
) TO STDOUT;
