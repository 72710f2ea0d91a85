-- Takes activations and how far they have come. No row.
INSERT INTO activation (tenant, member_id, event_id, programme, code_hash, occurred_at, zone, status)
SELECT
    tenant,
    member_id,
    event_id,
    programme,
    code_hash,
    occurred_at,
    zone,
    status
FROM staged_activation
ON CONFLICT (tenant, member_id, event_id) DO UPDATE
SET status = excluded.status, code_hash = excluded.code_hash;
