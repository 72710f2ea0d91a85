-- Are all points that were funded somewhere? Funded points, without their sign, are what members have pending, available,
-- reserved and as debt, what causes have, what was spent, expired, burnt and donated, and what is in transit. One row per
-- tenant and unit where they are not.
SELECT
    %(equation)s AS equation,
    tenant,
    format(
        '%%s %%s were funded, but members, causes, programme and transit have %%s',
        coalesce(-sum(amount_minor) FILTER (WHERE kind = 'campaign' AND subaccount = 'points_funded'), 0),
        unit,
        coalesce(sum(amount_minor) FILTER (WHERE kind IN ('member', 'cause', 'programme', 'transit')), 0)
    ) AS sentence
FROM account
WHERE starts_with(unit, 'POINT:')
GROUP BY tenant, unit
HAVING
    coalesce(-sum(amount_minor) FILTER (WHERE kind = 'campaign' AND subaccount = 'points_funded'), 0)
    <> coalesce(sum(amount_minor) FILTER (WHERE kind IN ('member', 'cause', 'programme', 'transit')), 0);
