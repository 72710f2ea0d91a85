-- Makes the schema that the session sees, when it is missing. No row.
DO $$
BEGIN
    EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', current_setting('search_path'));
END
$$;
