-- Which segment of each set a member is in, as the member's own entries say.
-- Locks nothing: the table is new.

CREATE TABLE segment_membership (
    tenant text COLLATE "C" NOT NULL,
    segment_set text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    segment text COLLATE "C" NOT NULL,
    computed_at timestamptz NOT NULL,
    -- Next offset per journal partition that the computation had not yet seen: {"0": 17, "1": 4}.
    position jsonb NOT NULL,
    PRIMARY KEY (tenant, segment_set, member_id)
) WITH (fillfactor = 75);
