-- Receipts, one row per key and owner, and what rules gave on each.
-- Locks nothing: all tables are new.

CREATE TABLE receipt (
    tenant text COLLATE "C" NOT NULL,
    business_date date NOT NULL,
    store_id text COLLATE "C" NOT NULL,
    till_id text COLLATE "C" NOT NULL,
    receipt_number text COLLATE "C" NOT NULL,
    -- Entity id: the member, or the receipt's own key when nobody was known.
    owner_id text COLLATE "C" NOT NULL,
    -- Null when nobody was known.
    member_id text COLLATE "C",
    programme text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL CHECK (status IN ('RECORDED', 'RETURNED', 'CONFLICTED')),
    currency text COLLATE "C" NOT NULL,
    -- Line amounts without donations.
    total_minor bigint NOT NULL,
    occurred_at timestamptz NOT NULL,
    -- Log time, partition and offset of the record, which decide between owners.
    recorded_at timestamptz NOT NULL,
    journal_partition integer NOT NULL,
    source_offset bigint NOT NULL,
    PRIMARY KEY (tenant, business_date, store_id, till_id, receipt_number, owner_id)
) WITH (fillfactor = 90);

-- What one entry gave or took back for a receipt, per campaign, effect, unit and beneficiary.
CREATE TABLE receipt_effect (
    tenant text COLLATE "C" NOT NULL,
    business_date date NOT NULL,
    store_id text COLLATE "C" NOT NULL,
    till_id text COLLATE "C" NOT NULL,
    receipt_number text COLLATE "C" NOT NULL,
    journal_partition integer NOT NULL,
    journal_offset bigint NOT NULL,
    -- Within the entry, from 1.
    ordinal integer NOT NULL,
    campaign_id text COLLATE "C" NOT NULL,
    campaign_version integer NOT NULL,
    effect text COLLATE "C" NOT NULL,
    -- Empty when no cause gets it.
    beneficiary_id text COLLATE "C" NOT NULL,
    unit text COLLATE "C" NOT NULL,
    -- Null when nobody was known.
    member_id text COLLATE "C",
    amount_minor bigint NOT NULL,
    PRIMARY KEY (
        tenant, business_date, store_id, till_id, receipt_number, journal_partition, journal_offset, ordinal
    )
);
