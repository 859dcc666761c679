-- Where senders of operations stand, so that what they send again is not stored twice. No index on
-- touched_at: a row is updated with every commit of its session, in place while nothing indexes it.
CREATE TABLE lake_sessions (
    session text PRIMARY KEY,
    position bigint NOT NULL,
    progress json NOT NULL,
    touched_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
