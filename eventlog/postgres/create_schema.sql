-- Creates the session's schema. No parameters, no rows. The search path is its name, quoted.
DO $$ BEGIN EXECUTE 'CREATE SCHEMA IF NOT EXISTS ' || current_setting('search_path'); END $$
