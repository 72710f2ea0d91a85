-- Makes the function that copies every table of read_model to a file and back into a table of the same columns without
-- keys, each timed; for the bench's own server only, whose account may write files. No row.
CREATE FUNCTION pg_temp.copy_bare(folder text) RETURNS TABLE (row_count bigint, copy_us bigint)
LANGUAGE plpgsql AS $$
DECLARE
    name text;
    begun timestamptz;
    copied bigint;
BEGIN
    row_count := 0;
    copy_us := 0;
    CREATE SCHEMA bare;
    FOR name IN
        SELECT tablename FROM pg_catalog.pg_tables
        WHERE schemaname = 'read_model' AND tablename <> 'migration'
        ORDER BY tablename
    LOOP
        EXECUTE format('CREATE TABLE bare.%I (LIKE read_model.%I)', name, name);
        EXECUTE format('COPY read_model.%I TO %L (FORMAT BINARY)', name, folder || '/' || name);
        begun := clock_timestamp();
        EXECUTE format('COPY bare.%I FROM %L (FORMAT BINARY)', name, folder || '/' || name);
        GET DIAGNOSTICS copied = ROW_COUNT;
        row_count := row_count + copied;
        copy_us := copy_us + (extract(EPOCH FROM clock_timestamp() - begun) * 1000000)::bigint;
    END LOOP;
    RETURN NEXT;
END
$$;
