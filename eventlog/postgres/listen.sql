-- Has this session told of every append: a notification names partition and topic. No parameters, no rows.
-- The channel has the schema's name, which a plain LISTEN could not take from the session.
DO $$ BEGIN EXECUTE format('LISTEN %I', current_schema()); END $$
