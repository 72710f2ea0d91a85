-- The schema that analysts see, and their right to it. No row.
CREATE SCHEMA IF NOT EXISTS reporting;
COMMENT ON SCHEMA reporting IS
'Stable views for analysts, auditors and charities. Say whose rows with SET kopilka.tenant = ''...''.';
GRANT USAGE ON SCHEMA reporting TO kopilka_analyst;
