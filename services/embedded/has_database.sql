-- Whether this server has the database `name`. One row.
SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = %(name)s) AS is_there;
