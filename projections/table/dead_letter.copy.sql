-- Takes rows of dead_letter in binary form; rows that are new. No row.
COPY dead_letter (
    journal_partition, journal_offset, source_topic, source_offset, recorded_at
) FROM STDIN (FORMAT BINARY);
