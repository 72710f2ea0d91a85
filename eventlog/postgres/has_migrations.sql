-- Was the schema ever set up? No parameters. One row: whether it has its table of migrations.
SELECT to_regclass('migration') IS NOT NULL
