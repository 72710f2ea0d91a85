-- The books: balances per account and journal partition, lots, and the statement of each member.
-- Locks nothing: all tables are new.

CREATE TABLE account (
    tenant text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    -- Empty for accounts that belong to no campaign.
    campaign_id text COLLATE "C" NOT NULL,
    owner text COLLATE "C" NOT NULL,
    -- Empty for transit.
    subaccount text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    -- Shared accounts are kept per partition and summed on reading: no hot row.
    journal_partition integer NOT NULL,
    amount_minor bigint NOT NULL,
    -- A member's account has one sign in every entry; shared accounts have theirs only in the sum over partitions.
    CONSTRAINT member_sign CHECK (
        kind <> 'member'
        OR CASE WHEN subaccount IN ('debt', 'given') THEN amount_minor <= 0 ELSE amount_minor >= 0 END
    ),
    PRIMARY KEY (tenant, kind, owner, campaign_id, subaccount, unit, journal_partition)
) WITH (fillfactor = 75);

CREATE TABLE lot (
    tenant text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    lot_id text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    campaign_version integer NOT NULL,
    -- Natural key of what earned it.
    origin text COLLATE "C" NOT NULL,
    opened_minor bigint NOT NULL CHECK (opened_minor > 0),
    pending_minor bigint NOT NULL CHECK (pending_minor >= 0),
    available_minor bigint NOT NULL CHECK (available_minor >= 0),
    reserved_minor bigint NOT NULL CHECK (reserved_minor >= 0),
    expired_minor bigint NOT NULL CHECK (expired_minor >= 0),
    earned_at timestamptz,
    -- Null: available at once.
    active_from timestamptz,
    -- Null: never.
    expires_at timestamptz,
    PRIMARY KEY (tenant, member_id, lot_id)
);

-- One row per entry, campaign and unit, where what is available changed.
CREATE TABLE member_statement (
    tenant text COLLATE "C" NOT NULL,
    member_id text COLLATE "C" NOT NULL,
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    amount_minor bigint NOT NULL CHECK (amount_minor <> 0),
    -- What is available in the unit after this row, in the order of the key.
    balance_after_minor bigint NOT NULL,
    -- When it happened at the source; what has no source happens when it is recorded.
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    source_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, member_id, journal_partition, journal_offset, campaign_id, unit)
);
