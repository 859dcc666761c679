-- When a server held the lake. A time that no run covers is one in which nobody could be sent to:
-- that nothing changed then says nothing of the engine.

-- `seen_at` is brought up to date a few times a minute; without `ended_at` the server runs still,
-- or was killed and ended about then.
CREATE TABLE lake_runs (
    id uuid PRIMARY KEY,
    program text NOT NULL,
    version text NOT NULL,
    host text NOT NULL,
    address text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz
) WITH (fillfactor = 50); -- updated often: room for that on the same page
CREATE INDEX lake_runs_started_at ON lake_runs (started_at);

-- While PostgreSQL did not answer a server, and what was sent rested in its spool.
CREATE TABLE lake_outages (
    run_id uuid NOT NULL REFERENCES lake_runs ON DELETE CASCADE,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    PRIMARY KEY (run_id, from_at)
);
