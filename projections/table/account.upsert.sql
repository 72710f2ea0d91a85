-- Adds what is staged to the balances. No row. MERGE, because an upsert would check the sign of the staged change, not of
-- the balance it leads to; nobody else writes meanwhile, the batch holds the positions.
MERGE INTO account AS held
USING staged_account AS staged
ON
    held.tenant = staged.tenant
    AND held.kind = staged.kind
    AND held.owner = staged.owner
    AND held.campaign_id = staged.campaign_id
    AND held.subaccount = staged.subaccount
    AND held.unit = staged.unit
    AND held.journal_partition = staged.journal_partition
WHEN MATCHED THEN UPDATE SET amount_minor = held.amount_minor + staged.amount_minor
WHEN NOT MATCHED THEN INSERT (
    tenant, kind, campaign_id, owner, subaccount, unit, journal_partition, amount_minor
) VALUES (
    staged.tenant, staged.kind, staged.campaign_id, staged.owner, staged.subaccount, staged.unit,
    staged.journal_partition, staged.amount_minor
);
