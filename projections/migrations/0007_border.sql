-- Which login sees which tenants: a table that the owner of the database keeps, and policies that go by it. And documents
-- that jsonb refuses. Locks each table for a moment; rewrites nothing.

-- A document as jsonb; one that jsonb refuses (a NUL in a text, a number without end) as one JSON text, so that what a
-- journal holds always finds its place.
CREATE FUNCTION to_document(document text) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN document::jsonb;
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN RETURN to_jsonb(document);
END
$$;

-- Not the journal's, so outside the schema that a rebuild replaces.
CREATE SCHEMA IF NOT EXISTS reporting;

CREATE TABLE IF NOT EXISTS reporting.analyst_tenant (
    role_name text COLLATE "C" NOT NULL,
    tenant text COLLATE "C" NOT NULL,
    PRIMARY KEY (role_name, tenant)
);

COMMENT ON TABLE reporting.analyst_tenant IS
'Which tenants a login may see. Only the owner of the database writes it; a login that is not here sees no row.';
COMMENT ON COLUMN reporting.analyst_tenant.role_name IS
'The role that logged in (session_user), whatever role it has taken on since.';
COMMENT ON COLUMN reporting.analyst_tenant.tenant IS 'A tenant that it may see.';

ALTER TABLE reporting.analyst_tenant ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE
    guarded name;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = 'reporting.analyst_tenant'::regclass) THEN
        -- A login sees its own tenants only, and who else there is it does not learn.
        CREATE POLICY own ON reporting.analyst_tenant FOR SELECT USING (role_name = session_user);
    END IF;
    -- The border is the login: `session_user` does not change with SET ROLE. `kopilka.tenant` is no border, because every
    -- session may set it: it only narrows what the login sees to one of its tenants.
    FOR guarded IN
        SELECT table_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND column_name = 'tenant'
        ORDER BY table_name
    LOOP
        EXECUTE format(
            'ALTER POLICY tenant ON %I USING ('
            'tenant IN (SELECT seen.tenant FROM reporting.analyst_tenant AS seen WHERE seen.role_name = session_user) '
            'AND tenant = coalesce(nullif(current_setting(''kopilka.tenant'', true), ''''), tenant))',
            guarded
        );
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA reporting TO kopilka_analyst;
GRANT SELECT ON reporting.analyst_tenant TO kopilka_analyst;
