-- Takes rows of staged_adoption in binary form; one row per key and batch. No row.
COPY staged_adoption (
    tenant, programme, campaign_id, version, journal_partition, journal_offset
) FROM STDIN (FORMAT BINARY);
