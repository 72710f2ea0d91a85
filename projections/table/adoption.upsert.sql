-- Takes adoptions; a version is adopted once in each partition. No row.
INSERT INTO adoption (tenant, programme, campaign_id, version, journal_partition, journal_offset)
SELECT
    tenant,
    programme,
    campaign_id,
    version,
    journal_partition,
    journal_offset
FROM staged_adoption
ON CONFLICT (tenant, programme, campaign_id, version, journal_partition) DO NOTHING;
