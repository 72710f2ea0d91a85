-- Removes the copies and the read model, so that the next run begins with nothing. No row.
DROP SCHEMA IF EXISTS bare, read_model CASCADE;
