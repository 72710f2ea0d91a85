-- Analysts may read every view of `reporting`; the tables' row-level security holds for them. No row.
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO kopilka_analyst;
