-- Is what a member has pending, available and reserved the sum of its lots? One row per tenant, member, unit and
-- subaccount where it is not.
WITH in_lots AS (
    SELECT
        lot.tenant,
        lot.member_id,
        lot.unit,
        part.subaccount,
        sum(part.amount_minor) AS amount
    FROM lot
    CROSS JOIN LATERAL (
        VALUES
        ('pending', lot.pending_minor),
        ('available', lot.available_minor),
        ('reserved', lot.reserved_minor)
    ) AS part (subaccount, amount_minor)
    GROUP BY lot.tenant, lot.member_id, lot.unit, part.subaccount
),

in_account AS (
    SELECT
        tenant,
        owner AS member_id,
        unit,
        subaccount,
        sum(amount_minor) AS amount
    FROM account
    WHERE kind = 'member' AND subaccount IN ('pending', 'available', 'reserved')
    GROUP BY tenant, owner, unit, subaccount
)

SELECT
    %(equation)s AS equation,
    tenant,
    format(
        'member %%s has %%s %%s %%s, but its lots have %%s',
        member_id, coalesce(in_account.amount, 0), unit, subaccount, coalesce(in_lots.amount, 0)
    ) AS sentence
FROM in_account
FULL JOIN in_lots USING (tenant, member_id, unit, subaccount)
WHERE coalesce(in_account.amount, 0) <> coalesce(in_lots.amount, 0);
