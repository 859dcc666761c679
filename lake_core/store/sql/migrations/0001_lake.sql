-- The lake's tables, and the specification's four names over them.
--
-- Every key begins with the space, so that spaces may be spread over partitions or servers.
-- Documents are `json`, not `jsonb`: the exact text is kept (1, 1.0 and 1e16 stay what they were
-- in the state hash), it takes 40 % less room for documents of this size, and COPY is faster.

-- The figures are what a space's writer last told of it; the log itself is the truth.
CREATE TABLE lake_spaces (
    space_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    space_name text NOT NULL UNIQUE,
    head_seq bigint NOT NULL DEFAULT 0,
    head_at timestamptz,
    entity_count bigint NOT NULL DEFAULT 0,
    connection_count bigint NOT NULL DEFAULT 0,
    entities_seen bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50); -- updated often: room for that on the same page

-- kind: 1 entity, 2 entity patch, 3 entity gone, 4 connection, 5 the same connection with other
-- contents, 6 connection gone. flux: the position plus ten times the index of its rule.
CREATE TABLE lake_changes (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    client_time double precision,
    kind smallint NOT NULL,
    flux smallint NOT NULL,
    key text NOT NULL,
    patch json,
    PRIMARY KEY (space_id, seq)
);
CREATE INDEX lake_changes_recorded_at ON lake_changes USING brin (recorded_at);
-- For the life of one entity: which blocks may speak of it. Made block by block behind the writer,
-- it costs ingestion nothing, where a tree over keys would halve it.
CREATE INDEX lake_changes_key ON lake_changes
    USING brin (key text_bloom_ops (n_distinct_per_range = 2000))
    WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE lake_keyframes (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space_id, seq)
);

-- About a thousand documents a row. `kind` is 1 for entities, 4 for connections.
CREATE TABLE lake_keyframe_parts (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    part integer NOT NULL,
    kind smallint NOT NULL,
    fluxes smallint[] NOT NULL,
    documents json NOT NULL,
    PRIMARY KEY (space_id, seq, part),
    FOREIGN KEY (space_id, seq) REFERENCES lake_keyframes ON DELETE CASCADE
);

CREATE TABLE lake_snapshots (
    space_id integer NOT NULL,
    id uuid NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    trigger text NOT NULL,
    metadata jsonb NOT NULL,
    pinned boolean NOT NULL DEFAULT false,
    tags text[] NOT NULL DEFAULT '{}',
    note text NOT NULL DEFAULT '',
    rating smallint,
    deleted_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (space_id, id)
);
CREATE UNIQUE INDEX lake_snapshots_id ON lake_snapshots (id);
CREATE INDEX idx_snapshots_space_time ON lake_snapshots (space_id, recorded_at DESC);
CREATE INDEX idx_snapshots_metadata ON lake_snapshots USING gin (metadata);

CREATE TABLE eustress_epochs (
    id uuid PRIMARY KEY,
    space_name text NOT NULL,
    snapshot_ids jsonb NOT NULL,
    start_time timestamptz NOT NULL,
    end_time timestamptz NOT NULL,
    sample_count integer NOT NULL,
    stats jsonb NOT NULL,
    created_at timestamptz DEFAULT now(),
    name text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    content_hash text NOT NULL,
    space_names jsonb NOT NULL
);
CREATE INDEX idx_epochs_space ON eustress_epochs (space_name, created_at DESC);

-- What an epoch holds cannot be deleted: the foreign key says so.
CREATE TABLE lake_epoch_snapshots (
    epoch_id uuid NOT NULL REFERENCES eustress_epochs ON DELETE CASCADE,
    snapshot_id uuid NOT NULL REFERENCES lake_snapshots (id),
    PRIMARY KEY (epoch_id, snapshot_id)
);
CREATE INDEX lake_epoch_snapshots_snapshot ON lake_epoch_snapshots (snapshot_id);

CREATE TABLE lake_idempotency (
    key text PRIMARY KEY,
    body_hash bytea NOT NULL,
    answer json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lake_idempotency_created_at ON lake_idempotency (created_at);

-- One entity's document after rows of the log, in order: those since `document` was so, if it was.
CREATE FUNCTION lake_after(document jsonb, kinds smallint[], patches json[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    patch jsonb;
    parameters jsonb;
BEGIN
    FOR i IN 1 .. cardinality(kinds) LOOP
        patch := patches[i]::jsonb;
        IF kinds[i] = 2 THEN
            IF patch ? 'parameters' OR patch ? 'removed' THEN
                parameters := (document -> 'parameters') || coalesce(patch -> 'parameters', '{}');
                IF patch ? 'removed' THEN
                    parameters := parameters
                        - ARRAY(SELECT jsonb_array_elements_text(patch -> 'removed'));
                END IF;
                document := jsonb_set(document, '{parameters}', parameters);
            END IF;
            document := document || coalesce(patch -> 'set', '{}');
        ELSE
            document := patch; -- whole, or nothing where the entity is gone
        END IF;
    END LOOP;
    RETURN document;
END $$;

-- Every entity that is there at `at_seq`: the nearest keyframe before, and the log since. `place`
-- rises in order of first sight. Joined in full, which no plan can do by nested loops: the planner
-- cannot know how many rows a state has, and guesses few.
CREATE FUNCTION lake_entities_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, flux smallint, document jsonb, place bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000 AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    ), told AS (
        SELECT
            d.value ->> 'id' AS key,
            p.fluxes[d.ordinality] AS flux,
            d.value AS document,
            -- Below zero: before every row of the log.
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM frame f
        JOIN lake_keyframe_parts p ON p.space_id = of_space AND p.seq = f.seq AND p.kind = 1
        CROSS JOIN LATERAL json_array_elements(p.documents) WITH ORDINALITY d
    ), since AS (
        SELECT
            c.key,
            (array_agg(c.flux ORDER BY c.seq))[count(*)] AS flux,
            array_agg(c.kind ORDER BY c.seq) AS kinds,
            array_agg(c.patch ORDER BY c.seq) AS patches,
            max(c.seq) FILTER (WHERE c.kind = 1) AS place
        FROM frame f
        JOIN lake_changes c ON c.space_id = of_space AND c.seq > f.seq AND c.seq <= at_seq
        WHERE c.kind <= 3
        GROUP BY c.key
    )
    SELECT
        coalesce(s.key, t.key),
        coalesce(s.flux, t.flux),
        CASE
            WHEN s.key IS NULL THEN t.document::jsonb
            ELSE lake_after(t.document::jsonb, s.kinds, s.patches)
        END,
        coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.key = t.key
    WHERE s.key IS NULL OR s.kinds[cardinality(s.kinds)] <> 3
$$;

-- The same of connections; `key` is a JSON array of source, target and type.
CREATE FUNCTION lake_connections_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, document jsonb, place bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 10000 AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    ), told AS (
        SELECT
            json_build_array(
                d.value -> 'source_id', d.value -> 'target_id', d.value -> 'connection_type'
            )::jsonb::text AS key,
            d.value AS document,
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM frame f
        JOIN lake_keyframe_parts p ON p.space_id = of_space AND p.seq = f.seq AND p.kind = 4
        CROSS JOIN LATERAL json_array_elements(p.documents) WITH ORDINALITY d
    ), since AS (
        SELECT
            c.key::jsonb::text AS key,
            (array_agg(c.kind ORDER BY c.seq))[count(*)] AS kind,
            (array_agg(c.patch ORDER BY c.seq))[count(*)] AS document,
            max(c.seq) FILTER (WHERE c.kind = 4) AS place
        FROM frame f
        JOIN lake_changes c ON c.space_id = of_space AND c.seq > f.seq AND c.seq <= at_seq
        WHERE c.kind >= 4
        GROUP BY c.key
    )
    SELECT
        coalesce(s.key, t.key),
        CASE WHEN s.key IS NULL THEN t.document ELSE s.document END::jsonb,
        coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.key = t.key
    WHERE s.key IS NULL OR s.kind <> 6
$$;

-- The tree at `at_seq`. Each child has one edge at most, so each loop is a simple cycle; its
-- latest edge is ignored.
CREATE FUNCTION lake_hierarchy_at(of_space integer, at_seq bigint)
RETURNS TABLE (entity_id text, parent_id text, depth integer, place bigint, edge_place bigint)
-- The planner cannot know how many rows a state has, and guesses few: without this it joins
-- thousands to thousands by nested loops.
LANGUAGE sql STABLE ROWS 10000 SET enable_nestloop = off AS $$
    WITH RECURSIVE entities AS MATERIALIZED (
        SELECT s.key, s.place FROM lake_entities_at(of_space, at_seq) s
    ), edges AS MATERIALIZED (
        SELECT c.key AS child, p.key AS parent, s.place
        FROM (
            SELECT d.key::jsonb AS ends, d.place FROM lake_connections_at(of_space, at_seq) d
        ) s
        JOIN entities c ON c.key = s.ends ->> 1
        JOIN entities p ON p.key = s.ends ->> 0
        WHERE s.ends ->> 2 = 'hierarchy'
    ), walk AS (
        SELECT e.key AS entity_id, NULL::text AS parent_id, 0 AS depth
        FROM entities e WHERE NOT EXISTS (SELECT FROM edges g WHERE g.child = e.key)
        UNION ALL
        SELECT g.child, g.parent, w.depth + 1 FROM walk w JOIN edges g ON g.parent = w.entity_id
    ), unreached AS MATERIALIZED (
        SELECT g.child, g.parent, g.place FROM edges g
        WHERE NOT EXISTS (SELECT FROM walk w WHERE w.entity_id = g.child)
    ), climb AS (
        SELECT u.child AS start, u.parent AS at, u.place AS latest FROM unreached u
        UNION ALL
        SELECT c.start, u.parent, greatest(c.latest, u.place)
        FROM climb c JOIN unreached u ON u.child = c.at
        WHERE c.at <> c.start
    ) CYCLE start, at SET looped USING path,
    ignored AS (
        SELECT u.child FROM climb c JOIN unreached u ON u.place = c.latest WHERE c.at = c.start
        GROUP BY u.child
    ), rest AS (
        SELECT i.child AS entity_id, NULL::text AS parent_id, 0 AS depth FROM ignored i
        UNION ALL
        SELECT u.child, u.parent, r.depth + 1
        FROM rest r JOIN unreached u ON u.parent = r.entity_id
        WHERE NOT EXISTS (SELECT FROM ignored i WHERE i.child = u.child)
    )
    SELECT t.entity_id, t.parent_id, t.depth, e.place, g.place
    FROM (SELECT * FROM walk UNION ALL SELECT * FROM rest) t
    JOIN entities e ON e.key = t.entity_id
    LEFT JOIN edges g ON g.child = t.entity_id
$$;

-- float8 as real; what is too small for real is nought rather than an error.
CREATE FUNCTION lake_real(number text) RETURNS real
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    CASE WHEN abs(number::double precision) < 1e-44 THEN 0 ELSE number::double precision::real END;

CREATE FUNCTION lake_entities_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(s.document ORDER BY s.place), '[]')
    FROM lake_entities_at(of_space, at_seq) s
$$;

CREATE FUNCTION lake_connections_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(s.document ORDER BY s.place), '[]')
    FROM lake_connections_at(of_space, at_seq) s
$$;

CREATE FUNCTION lake_parameters_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(s.key, s.document -> 'parameters'), '{}')
    FROM lake_entities_at(of_space, at_seq) s
    WHERE s.document -> 'parameters' <> '{}'
$$;

CREATE FUNCTION lake_hierarchy_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH tree AS MATERIALIZED (SELECT * FROM lake_hierarchy_at(of_space, at_seq))
    SELECT jsonb_build_object(
        'roots', (
            SELECT coalesce(jsonb_agg(t.entity_id ORDER BY t.place), '[]')
            FROM tree t WHERE t.parent_id IS NULL
        ),
        'parent_map', (
            SELECT coalesce(jsonb_object_agg(t.entity_id, t.parent_id), '{}')
            FROM tree t WHERE t.parent_id IS NOT NULL
        ),
        'children_map', (
            SELECT coalesce(jsonb_object_agg(b.parent_id, b.children), '{}')
            FROM (
                SELECT t.parent_id, jsonb_agg(t.entity_id ORDER BY t.edge_place) AS children
                FROM tree t WHERE t.parent_id IS NOT NULL GROUP BY t.parent_id
            ) b
        ),
        'depth_map', (SELECT coalesce(jsonb_object_agg(t.entity_id, t.depth), '{}') FROM tree t)
    )
$$;

CREATE VIEW eustress_snapshots AS
SELECT
    s.id,
    p.space_name,
    s.recorded_at AS timestamp,
    lake_entities_json(s.space_id, s.seq) AS entities,
    lake_connections_json(s.space_id, s.seq) AS connections,
    lake_hierarchy_json(s.space_id, s.seq) AS hierarchy,
    lake_parameters_json(s.space_id, s.seq) AS parameters,
    s.metadata,
    s.created_at
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
WHERE s.deleted_at IS NULL;

CREATE VIEW eustress_entities AS
SELECT
    e.key AS id,
    p.space_name,
    s.id AS snapshot_id,
    e.document AS entity_data,
    (e.flux % 10)::integer AS flux_position,
    ARRAY[
        lake_real(e.document -> 'position' ->> 0),
        lake_real(e.document -> 'position' ->> 1),
        lake_real(e.document -> 'position' ->> 2)
    ] AS position,
    s.recorded_at AS timestamp
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
CROSS JOIN LATERAL lake_entities_at(s.space_id, s.seq) e
WHERE s.deleted_at IS NULL;

CREATE VIEW eustress_hierarchy AS
SELECT
    p.space_name,
    s.id AS snapshot_id,
    h.entity_id,
    h.parent_id,
    h.depth,
    s.recorded_at AS timestamp
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
CROSS JOIN LATERAL lake_hierarchy_at(s.space_id, s.seq) h
WHERE s.deleted_at IS NULL;
