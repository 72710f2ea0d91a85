-- Drops what a rebuild leaves beside the live schema. No row.
DO $$
BEGIN
    EXECUTE format(
        'DROP SCHEMA IF EXISTS %I, %I CASCADE', current_setting('kopilka.shadow'), current_setting('kopilka.old')
    );
END
$$;
