-- What the lake does by itself, and what it has let go.

-- `space_id` 0 stands for every space that has none of its own; a policy of `null` is none at all.
CREATE TABLE lake_policies (
    space_id integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('schedule', 'retention')),
    policy json NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space_id, kind)
);

-- Deleted by retention, not by a person; `deleted_at` says since when.
ALTER TABLE lake_snapshots ADD COLUMN expired boolean NOT NULL DEFAULT false;
CREATE INDEX lake_snapshots_deleted_at ON lake_snapshots (space_id, deleted_at)
    WHERE deleted_at IS NOT NULL;

-- Snapshots that are no more: whoever asks for one is told that it was here.
CREATE TABLE lake_expired (
    snapshot_id uuid PRIMARY KEY,
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    purged_at timestamptz NOT NULL DEFAULT now()
);

-- The log begins after this place, at which there is a keyframe; 0 where it is whole.
ALTER TABLE lake_spaces ADD COLUMN floor_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE lake_spaces ADD COLUMN floor_at timestamptz; -- when the change at that place was made
