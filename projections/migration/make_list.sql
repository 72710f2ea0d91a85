-- Which migrations this schema has had. No row.
CREATE TABLE IF NOT EXISTS migration (
    name text COLLATE "C" PRIMARY KEY,
    -- SHA-256 of the file.
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
