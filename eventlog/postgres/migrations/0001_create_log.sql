-- The tables of the log and its one function that writes. Locks nothing that exists; the schema is the session's.

CREATE TABLE topic (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE CHECK (name <> ''),
    partition_count integer NOT NULL CHECK (partition_count > 0),
    is_kept_for_ever boolean NOT NULL
);

-- One row per partition. Its row lock is what makes offsets gap-free: it is taken before an offset is given and held
-- to the commit, so the next writer goes on exactly where this one ended, and a reader never sees a later offset
-- before an earlier one. The free space keeps updates within the page.
CREATE TABLE head (
    topic_id integer NOT NULL REFERENCES topic,
    partition integer NOT NULL CHECK (partition >= 0),
    first_offset bigint NOT NULL DEFAULT 0 CHECK (first_offset >= 0),
    next_offset bigint NOT NULL DEFAULT 0 CHECK (next_offset >= first_offset),
    last_log_time timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (topic_id, partition)
) WITH (fillfactor = 20);

-- No foreign key to head: it would be checked once per record, and only `append` writes here, with the head locked.
-- Values are stored as they come: they are binary already, and compressing them costs more than the disk they take.
-- The target keeps values of up to 4 kB in the row, where one read finds them.
CREATE TABLE record (
    topic_id integer NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    log_time timestamptz NOT NULL,
    key bytea,
    value bytea,
    headers bytea,
    PRIMARY KEY (topic_id, partition, record_offset)
) WITH (toast_tuple_target = 4080);
ALTER TABLE record ALTER COLUMN value SET STORAGE EXTERNAL;

-- Appends records to one partition and wakes the readers that listen on the channel named as the schema.
-- Gives the offset of the first, or NULL when there is no such partition. The arrays are equally long, not empty.
CREATE FUNCTION append(p_topic text, p_partition integer, p_keys bytea [], p_values bytea [], p_headers bytea [])
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_topic_id integer;
    v_first_offset bigint;
    v_log_time timestamptz;
BEGIN
    -- The clock is read again once the lock is there, so the time is that of the append and never below the last.
    UPDATE head
    SET
        next_offset = head.next_offset + cardinality(p_values),
        last_log_time = greatest(head.last_log_time, date_trunc('milliseconds', clock_timestamp()))
    FROM topic
    WHERE topic.name = p_topic AND head.topic_id = topic.id AND head.partition = p_partition
    RETURNING head.topic_id, head.next_offset - cardinality(p_values), head.last_log_time
    INTO v_topic_id, v_first_offset, v_log_time;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO record (topic_id, partition, record_offset, log_time, key, value, headers)
    SELECT v_topic_id, p_partition, v_first_offset + given.number - 1, v_log_time, given.key, given.value, given.headers
    FROM unnest(p_keys, p_values, p_headers) WITH ORDINALITY AS given (key, value, headers, number);
    PERFORM pg_notify(current_schema(), p_partition || ' ' || p_topic);
    RETURN v_first_offset;
END $$;
