-- How far is the schema? No parameters. One row: the highest migration applied, which is 0 with an empty table.
SELECT coalesce(max(migration.number), 0) FROM migration
