-- Epochs that someone is still choosing. A draft holds no one to anything: a snapshot it names
-- may be deleted, and is then missing from it.
CREATE TABLE lake_drafts (
    id uuid PRIMARY KEY,
    name text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    snapshot_ids uuid[] NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
