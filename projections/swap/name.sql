-- Says, to the other statements of a swap, which schemas are meant. One row.
SELECT
    set_config('kopilka.live', %(live)s, false) AS live,
    set_config('kopilka.shadow', %(shadow)s, false) AS shadow,
    set_config('kopilka.old', %(old)s, false) AS old;
