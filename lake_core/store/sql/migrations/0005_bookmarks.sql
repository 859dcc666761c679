-- Instants of a space that people want to find again. Whoever thins the log out leaves the state
-- at a bookmark as it is.
CREATE TABLE lake_bookmarks (
    space_id integer NOT NULL REFERENCES lake_spaces,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    note text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space_id, id)
);
CREATE INDEX lake_bookmarks_at ON lake_bookmarks (space_id, at);
