-- The schema that analysts see, and their right to it. No row.
CREATE SCHEMA IF NOT EXISTS reporting;
COMMENT ON SCHEMA reporting IS
'Stable views for analysts, auditors and charities. A login sees the tenants that analyst_tenant names for it;
SET kopilka.tenant = ''...'' narrows that to one of them, and is no border itself.';
GRANT USAGE ON SCHEMA reporting TO kopilka_analyst;
