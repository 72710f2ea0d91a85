-- Every balance that is not zero. One row per tenant, account and journal partition.
SELECT
    tenant,
    kind,
    campaign_id,
    owner,
    subaccount,
    unit,
    journal_partition,
    amount_minor
FROM account
WHERE amount_minor <> 0;
