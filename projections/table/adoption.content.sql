-- Everything adoption holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, programme, campaign_id, version, journal_partition, journal_offset
    FROM adoption
    ORDER BY tenant, programme, campaign_id, version, journal_partition
) TO STDOUT;
