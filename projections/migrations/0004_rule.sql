-- Versions of campaigns and settings, where they are adopted, codes and their activation.
-- Locks nothing: all tables are new.

CREATE TABLE document_version (
    tenant text COLLATE "C" NOT NULL,
    programme text COLLATE "C" NOT NULL,
    -- Empty for the programme's settings.
    campaign_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    document jsonb NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, campaign_id, version, programme)
);

-- Who pays for a campaign version, in the order of its file, which the split follows.
CREATE TABLE campaign_party (
    tenant text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    -- From 1.
    ordinal integer NOT NULL CHECK (ordinal > 0),
    party_id text COLLATE "C" NOT NULL,
    share_bp integer NOT NULL CHECK (share_bp BETWEEN 0 AND 10000),
    PRIMARY KEY (tenant, campaign_id, version, ordinal)
);

CREATE TABLE adoption (
    tenant text COLLATE "C" NOT NULL,
    programme text COLLATE "C" NOT NULL,
    -- Empty for the programme's settings.
    campaign_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    PRIMARY KEY (tenant, programme, campaign_id, version, journal_partition)
);

CREATE TABLE code (
    tenant text COLLATE "C" NOT NULL,
    code_hash text COLLATE "C" NOT NULL,
    programme text COLLATE "C" NOT NULL,
    batch_id text COLLATE "C" NOT NULL,
    -- Who used it; null while it is free.
    member_id text COLLATE "C",
    PRIMARY KEY (tenant, code_hash)
) WITH (fillfactor = 90);

CREATE TABLE activation (
    tenant text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    programme text COLLATE "C" NOT NULL,
    code_hash text COLLATE "C" NOT NULL,
    occurred_at timestamptz NOT NULL,
    zone text COLLATE "C" NOT NULL,
    -- PENDING, AWARDED, or the reason of the refusal.
    status text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, member_id, event_id)
) WITH (fillfactor = 75);
