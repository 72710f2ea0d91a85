-- Who may see which rows: a role for analysts, and row-level security by tenant on every table that has one.
-- Locks each table for a moment, while it is still empty.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'kopilka_analyst') THEN
        CREATE ROLE kopilka_analyst NOLOGIN;
    END IF;
EXCEPTION
    -- Roles belong to the server: another database's migration may make it at the same moment.
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION 'there is no role kopilka_analyst, and % may not make one', current_user
        USING HINT = 'Let an administrator run: CREATE ROLE kopilka_analyst NOLOGIN';
END
$$;

DO $$
DECLARE
    guarded name;
BEGIN
    FOR guarded IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'tenant'
        ORDER BY table_name
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', guarded);
        EXECUTE format(
            'CREATE POLICY tenant ON %I FOR SELECT USING (tenant = current_setting(''kopilka.tenant'', true))', guarded
        );
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO kopilka_analyst', current_schema());
END
$$;

-- Only what the views of `reporting` stand on: they run with the rights of who asks.
GRANT SELECT ON account, member_statement, receipt_effect, campaign_party, segment_membership TO kopilka_analyst;
