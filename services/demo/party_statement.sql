-- What each party of one tenant pays, collects or owes. One row per party, campaign, subaccount and unit, in this order.
SELECT
    party_id,
    campaign_id,
    subaccount,
    unit,
    amount
FROM reporting.party_statement
WHERE tenant = %(tenant)s
ORDER BY party_id COLLATE "C", campaign_id COLLATE "C", subaccount COLLATE "C", unit COLLATE "C";
