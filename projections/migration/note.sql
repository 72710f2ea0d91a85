-- Notes that the migration `name` with SHA-256 `digest` was applied. No row.
INSERT INTO migration (name, digest) VALUES (%(name)s, %(digest)s);
