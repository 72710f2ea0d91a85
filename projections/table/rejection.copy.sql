-- Takes rows of rejection in binary form; rows that are new. No row.
COPY rejection (
    tenant, journal_partition, journal_offset, source_key, source_topic, source_offset, reason, field,
    value, mend, is_transient, recorded_at
) FROM STDIN (FORMAT BINARY);
