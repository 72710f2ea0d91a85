-- Gives the shadow schema the live one's name. No row.
DO $$
BEGIN
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', current_setting('kopilka.live'), current_setting('kopilka.old'));
    EXECUTE format('ALTER SCHEMA %I RENAME TO %I', current_setting('kopilka.shadow'), current_setting('kopilka.live'));
END
$$;
