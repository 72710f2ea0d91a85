-- Notes that a migration was applied. Parameters: number, name. No rows.
INSERT INTO migration (number, name) VALUES (%(number)s, %(name)s)
