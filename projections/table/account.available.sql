-- What the members of the staged batch had available before it. One row per member and unit that had an account.
SELECT
    held.tenant,
    held.owner,
    held.unit,
    held.amount_minor
FROM staged_account AS staged
INNER JOIN account AS held
    USING (tenant, kind, owner, campaign_id, subaccount, unit, journal_partition)
WHERE staged.kind = 'member' AND staged.subaccount = 'available';
