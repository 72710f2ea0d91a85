-- Makes, in schema bare, a table without keys for each of read_model, under the name that its copy file writes to: its
-- own, or that of its staging area. No row.
DO $$
DECLARE
    name text;
BEGIN
    CREATE SCHEMA bare;
    FOR name IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'read_model' LOOP
        EXECUTE format('CREATE TABLE bare.%I (LIKE read_model.%I)', name, name);
        EXECUTE format('CREATE TABLE bare.%I (LIKE read_model.%I)', 'staged_' || name, name);
    END LOOP;
END
$$;
