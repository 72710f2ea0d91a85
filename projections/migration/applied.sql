-- The migrations that were applied, with the SHA-256 of their text. One row a migration.
SELECT
    name,
    digest
FROM migration
ORDER BY name;
