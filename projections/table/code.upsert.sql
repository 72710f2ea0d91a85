-- Takes codes and who used them. No row.
INSERT INTO code (tenant, code_hash, programme, batch_id, member_id)
SELECT
    tenant,
    code_hash,
    programme,
    batch_id,
    member_id
FROM staged_code
ON CONFLICT (tenant, code_hash) DO UPDATE
SET programme = excluded.programme, batch_id = excluded.batch_id, member_id = excluded.member_id;
