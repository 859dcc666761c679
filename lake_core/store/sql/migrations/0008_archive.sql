-- Stretches of history that were put away, and what upkeep last did.

-- After `from_seq` up to `to_seq` of a space's log. Without `checked_at` it is still being written,
-- without `released_at` what it holds is here as well.
CREATE TABLE lake_archives (
    id uuid PRIMARY KEY,
    space_id integer NOT NULL REFERENCES lake_spaces,
    from_seq bigint NOT NULL,
    to_seq bigint NOT NULL,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    place text NOT NULL,
    bytes bigint NOT NULL DEFAULT 0,
    changes bigint NOT NULL DEFAULT 0,
    snapshots integer NOT NULL DEFAULT 0,
    snapshots_digest text NOT NULL DEFAULT '', -- of the snapshots as they were written
    begun_at timestamptz NOT NULL DEFAULT now(),
    checked_at timestamptz,
    released_at timestamptz
);
CREATE INDEX lake_archives_space ON lake_archives (space_id, to_seq);

-- Snapshots that are in an archive and no longer here: whoever asks for one is told where it is.
CREATE TABLE lake_archived_snapshots (
    snapshot_id uuid PRIMARY KEY,
    archive_id uuid NOT NULL REFERENCES lake_archives ON DELETE CASCADE
);
CREATE INDEX lake_archived_snapshots_archive ON lake_archived_snapshots (archive_id);

-- By space and deed: when it was last done, what it last failed at, how much it has done in all.
CREATE TABLE lake_upkeep (
    space_id integer NOT NULL,
    deed text NOT NULL CHECK (deed IN ('retention', 'archive')),
    done_at timestamptz,
    failed_at timestamptz,
    reason text NOT NULL DEFAULT '',
    expired bigint NOT NULL DEFAULT 0,
    purged bigint NOT NULL DEFAULT 0,
    changes bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (space_id, deed)
);
