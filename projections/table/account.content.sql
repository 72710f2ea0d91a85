-- Everything account holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, kind, campaign_id, owner, subaccount, unit, journal_partition, amount_minor
    FROM account
    ORDER BY tenant, kind, owner, campaign_id, subaccount, unit, journal_partition
) TO STDOUT;
