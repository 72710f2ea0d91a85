-- What the journal's partitions have come to: positions, one row an entry, and what became of records.
-- Locks nothing: all tables are new.

CREATE TABLE journal_position (
    journal_partition integer PRIMARY KEY,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    -- The reader's whole position (eventlog.position), so that nothing before it is needed.
    position jsonb NOT NULL,
    -- Newest log time (a tick's clock) among the entries up to here; null before the first.
    recorded_at timestamptz
) WITH (fillfactor = 50);

CREATE TABLE entry (
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    -- Empty where the entry belongs to the engine.
    tenant text COLLATE "C" NOT NULL,
    entity_kind text COLLATE "C" NOT NULL,
    entity_id text COLLATE "C" NOT NULL,
    -- Empty where there is none; cut at 256 characters.
    source_key text COLLATE "C" NOT NULL,
    -- Both null for a tick. The source's partition is the journal's own.
    source_topic text COLLATE "C",
    source_offset bigint,
    outcome text COLLATE "C" NOT NULL,
    -- Log time of the source; the clock for a tick.
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (journal_partition, journal_offset)
);

CREATE UNIQUE INDEX entry_source ON entry (journal_partition, source_offset, source_topic)
WHERE source_topic IS NOT NULL;

CREATE INDEX entry_source_key ON entry (tenant, source_key) WHERE source_key <> '';

CREATE TABLE outcome_count (
    journal_partition integer NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    entry_count bigint NOT NULL CHECK (entry_count > 0),
    PRIMARY KEY (journal_partition, outcome)
) WITH (fillfactor = 50);

CREATE TABLE rejection (
    tenant text COLLATE "C" NOT NULL,
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    source_key text COLLATE "C" NOT NULL,
    source_topic text COLLATE "C",
    source_offset bigint,
    reason text COLLATE "C" NOT NULL,
    field text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    mend text COLLATE "C" NOT NULL,
    is_transient boolean NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, journal_partition, journal_offset)
);

-- A record that nobody can decode; its bytes lie in the topic's dead letter topic.
CREATE TABLE dead_letter (
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    source_topic text COLLATE "C",
    source_offset bigint,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (journal_partition, journal_offset)
);

-- An entity whose record kept failing, while its records are held.
CREATE TABLE parked_entity (
    tenant text COLLATE "C" NOT NULL,
    entity_kind text COLLATE "C" NOT NULL,
    entity_id text COLLATE "C" NOT NULL,
    held_count integer NOT NULL CHECK (held_count > 0),
    -- What failed, of the record that began it.
    failure text COLLATE "C" NOT NULL,
    journal_partition integer NOT NULL,
    -- Of the last entry that held one.
    journal_offset bigint NOT NULL,
    PRIMARY KEY (tenant, entity_kind, entity_id)
);
