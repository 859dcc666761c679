-- A whole row of a snapshot with a hundred thousand entities, in half the time: a state is put
-- together as text and becomes jsonb once, and each column reads only what it tells.
--
-- The columns stay functions in the list of what is selected, each with its own look at the log.
-- Rebuilt once in a join for all of them it would be a little faster still, but then `ORDER BY
-- timestamp DESC LIMIT 1` would rebuild every snapshot before it sorts them.

-- Whether a patch of an entity is of the form {"set": …}: no more than fields put in others' place.
CREATE FUNCTION lake_only_sets(patch json) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    coalesce(octet_length(patch::text) = octet_length((patch -> 'set')::text) + 8, false);

-- Every entity that is there at `at_seq`, its document as JSON text: the nearest keyframe before,
-- and the log since. `place` rises in order of first sight. Fields that were set are put behind
-- those they replace: of two with one name jsonb keeps the last. Joined in full, which no plan can
-- do by nested loops: the planner cannot know how many rows a state has, and guesses few.
CREATE FUNCTION lake_documents_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, flux smallint, document text, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    ), told AS (
        SELECT
            d.key,
            p.fluxes[d.ordinality] AS flux,
            d.document::text AS document,
            -- Below zero: before every row of the log.
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM lake_keyframe_parts p
        CROSS JOIN LATERAL ROWS FROM (
            json_to_recordset(p.documents) AS (id text),
            json_array_elements(p.documents)
        ) WITH ORDINALITY d(key, document, ordinality)
        WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 1
    ), since AS (
        SELECT
            c.key,
            (array_agg(c.flux ORDER BY c.seq))[count(*)] AS flux,
            array_agg(c.kind ORDER BY c.seq) AS kinds,
            array_agg(c.patch ORDER BY c.seq) AS patches,
            every(c.kind = 1 OR c.kind = 2 AND lake_only_sets(c.patch)) AS is_plain,
            string_agg(
                nullif(substr(left((c.patch -> 'set')::text, -1), 2), ''), ',' ORDER BY c.seq
            ) FILTER (WHERE c.kind = 2) AS fields,
            max(c.seq) FILTER (WHERE c.kind = 1) AS place
        FROM frame f
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
        WHERE c.kind <= 3
        GROUP BY c.key
    )
    SELECT
        coalesce(s.key, t.key),
        coalesce(s.flux, t.flux),
        CASE
            WHEN s.key IS NULL THEN t.document
            WHEN s.is_plain AND 1 <> ALL (s.kinds[2:]) THEN
                left(CASE s.kinds[1] WHEN 1 THEN s.patches[1]::text ELSE t.document END, -1)
                    || coalesce(',' || s.fields, '') || '}'
            ELSE lake_after(t.document::jsonb, s.kinds, s.patches)::text
        END,
        coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.key = t.key
    WHERE s.key IS NULL OR s.kinds[cardinality(s.kinds)] <> 3
$$;

-- With a WITH, or each mention of the document outside would read its text anew.
CREATE OR REPLACE FUNCTION lake_entities_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, flux smallint, document jsonb, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH told AS (SELECT * FROM lake_documents_at(of_space, at_seq))
    SELECT t.key, t.flux, t.document::jsonb, t.place FROM told t
$$;

-- The same entities with their parameters alone: what else of them changed is passed over.
CREATE FUNCTION lake_parameters_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, parameters json, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    ), told AS (
        SELECT
            d.id AS key,
            d.parameters,
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM lake_keyframe_parts p
        CROSS JOIN LATERAL ROWS FROM (
            json_to_recordset(p.documents) AS (id text, parameters json)
        ) WITH ORDINALITY d
        WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 1
    ), since AS (
        SELECT
            c.key,
            array_agg(c.kind ORDER BY c.seq) AS kinds,
            array_agg(c.patch ORDER BY c.seq) AS patches,
            max(c.seq) FILTER (WHERE c.kind = 1) AS place
        FROM frame f
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
        WHERE c.kind IN (1, 3) OR c.kind = 2 AND NOT lake_only_sets(c.patch)
        GROUP BY c.key
    )
    SELECT
        coalesce(s.key, t.key),
        CASE
            WHEN s.key IS NULL THEN t.parameters
            ELSE (lake_after(
                jsonb_build_object('parameters', t.parameters), s.kinds, s.patches
            ) -> 'parameters')::json
        END,
        coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.key = t.key
    WHERE s.key IS NULL OR s.kinds[cardinality(s.kinds)] <> 3
$$;

-- Every connection that is there at `at_seq`, as JSON text, with the three parts of its key.
DROP FUNCTION lake_connections_at(integer, bigint);
CREATE FUNCTION lake_connections_at(of_space integer, at_seq bigint)
RETURNS TABLE (
    source_id text, target_id text, connection_type text, document text, place bigint
)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    ), told AS (
        SELECT
            d.source_id, d.target_id, d.connection_type,
            d.document::text AS document,
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM lake_keyframe_parts p
        CROSS JOIN LATERAL ROWS FROM (
            json_to_recordset(p.documents)
                AS (source_id text, target_id text, connection_type text),
            json_array_elements(p.documents)
        ) WITH ORDINALITY d(source_id, target_id, connection_type, document, ordinality)
        WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 4
    ), since AS (
        SELECT
            c.key::json ->> 0 AS source_id,
            c.key::json ->> 1 AS target_id,
            c.key::json ->> 2 AS connection_type,
            (array_agg(c.kind ORDER BY c.seq))[count(*)] AS kind,
            (array_agg(c.patch ORDER BY c.seq))[count(*)]::text AS document,
            max(c.seq) FILTER (WHERE c.kind = 4) AS place
        FROM frame f
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
        WHERE c.kind >= 4
        GROUP BY c.key
    )
    SELECT
        coalesce(s.source_id, t.source_id),
        coalesce(s.target_id, t.target_id),
        coalesce(s.connection_type, t.connection_type),
        CASE WHEN s.kind IS NULL THEN t.document ELSE s.document END,
        coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.source_id = t.source_id
        AND s.target_id = t.target_id AND s.connection_type = t.connection_type
    WHERE s.kind IS NULL OR s.kind <> 6
$$;

-- Every entity that is there at `at_seq` with the edge that leads to it. A function that is planned
-- by itself: whatever the planner takes a state to have, it takes this to have so many rows.
CREATE FUNCTION lake_nodes_at(of_space integer, at_seq bigint)
RETURNS TABLE (
    entity_id text, parent_id text, place bigint, parent_place bigint, edge_place bigint,
    is_root boolean
)
LANGUAGE sql STABLE ROWS 1000
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
    WITH entities AS MATERIALIZED (
        SELECT s.key, s.place FROM lake_parameters_at(of_space, at_seq) s
    )
    SELECT e.key, g.parent_id, e.place, g.parent_place, g.edge_place, g.parent_id IS NULL
    FROM entities e LEFT JOIN (
        SELECT
            c.target_id AS child, p.key AS parent_id, p.place AS parent_place,
            c.place AS edge_place
        FROM lake_connections_at(of_space, at_seq) c JOIN entities p ON p.key = c.source_id
        WHERE c.connection_type = 'hierarchy'
    ) g ON g.child = e.key
$$;

-- The tree at `at_seq`; nodes are told apart by their places. Each child has one edge at most, so
-- each loop is a simple cycle; its latest edge is ignored. That `is_root` is a column has the
-- planner take half of all to be roots, so it walks by a hash of all nodes; of what was reached
-- just now it would read all nodes again for each level.
CREATE FUNCTION lake_tree_at(of_space integer, at_seq bigint)
RETURNS TABLE (
    entity_id text, parent_id text, depth integer, place bigint, parent_place bigint,
    edge_place bigint
)
LANGUAGE sql STABLE ROWS 10000
SET enable_nestloop = off SET enable_mergejoin = off SET work_mem = '64MB' SET jit = off AS $$
    WITH RECURSIVE nodes AS MATERIALIZED (
        SELECT * FROM lake_nodes_at(of_space, at_seq)
    ), walk AS (
        SELECT
            n.entity_id, NULL::text AS parent_id, 0 AS depth, n.place, n.parent_place, n.edge_place
        FROM nodes n WHERE n.is_root
        UNION ALL
        SELECT n.entity_id, n.parent_id, w.depth + 1, n.place, n.parent_place, n.edge_place
        FROM walk w JOIN nodes n ON n.parent_place = w.place
    ), unreached AS MATERIALIZED (
        SELECT n.* FROM nodes n
        WHERE (SELECT count(*) FROM walk) < (SELECT count(*) FROM nodes)
            AND NOT EXISTS (SELECT FROM walk w WHERE w.place = n.place)
    ), climb AS (
        SELECT u.place AS start, u.parent_place AS at, u.edge_place AS latest FROM unreached u
        UNION ALL
        SELECT c.start, u.parent_place, greatest(c.latest, u.edge_place)
        FROM climb c JOIN unreached u ON u.place = c.at
        WHERE c.at <> c.start
    ) CYCLE start, at SET looped USING path,
    ignored AS (
        SELECT u.place FROM climb c JOIN unreached u ON u.edge_place = c.latest
        WHERE c.at = c.start
        GROUP BY u.place
    ), rest AS (
        SELECT
            u.entity_id, NULL::text AS parent_id, 0 AS depth, u.place, u.parent_place, u.edge_place
        FROM ignored i JOIN unreached u ON u.place = i.place
        UNION ALL
        SELECT u.entity_id, u.parent_id, r.depth + 1, u.place, u.parent_place, u.edge_place
        FROM rest r JOIN unreached u ON u.parent_place = r.place
        WHERE NOT EXISTS (SELECT FROM ignored i WHERE i.place = u.place)
    )
    SELECT * FROM walk UNION ALL SELECT * FROM rest
$$;

CREATE OR REPLACE FUNCTION lake_hierarchy_at(of_space integer, at_seq bigint)
RETURNS TABLE (entity_id text, parent_id text, depth integer, place bigint, edge_place bigint)
LANGUAGE sql STABLE ROWS 10000 AS $$
    SELECT t.entity_id, t.parent_id, t.depth, t.place, t.edge_place
    FROM lake_tree_at(of_space, at_seq) t
$$;

CREATE OR REPLACE FUNCTION lake_entities_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    SELECT coalesce(('[' || string_agg(d.document, ',' ORDER BY d.place) || ']')::jsonb, '[]')
    FROM lake_documents_at(of_space, at_seq) d
$$;

-- Connections seldom change: where none did since the keyframe, none is looked for among its own.
CREATE OR REPLACE FUNCTION lake_connections_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    WITH frame AS (
        SELECT coalesce(max(k.seq), 0) AS seq FROM lake_keyframes k
        WHERE k.space_id = of_space AND k.seq <= at_seq
    )
    SELECT coalesce(('[' || CASE
        WHEN EXISTS (
            SELECT FROM frame f CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
            WHERE c.kind >= 4
        ) THEN (
            SELECT string_agg(c.document, ',' ORDER BY c.place)
            FROM lake_connections_at(of_space, at_seq) c
        ) ELSE (
            SELECT string_agg(d.value::text, ',' ORDER BY p.part, d.ordinality)
            FROM lake_keyframe_parts p
            CROSS JOIN LATERAL json_array_elements(p.documents) WITH ORDINALITY d
            WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 4
        )
    END || ']')::jsonb, '[]')
$$;

CREATE OR REPLACE FUNCTION lake_parameters_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    SELECT coalesce(json_object_agg(s.key, s.parameters)::jsonb, '{}')
    FROM lake_parameters_at(of_space, at_seq) s
    WHERE s.parameters::text !~ '^{\s*}$'
$$;

CREATE OR REPLACE FUNCTION lake_hierarchy_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    WITH tree AS MATERIALIZED (SELECT * FROM lake_tree_at(of_space, at_seq))
    SELECT json_build_object(
        'roots', (
            SELECT coalesce(json_agg(t.entity_id ORDER BY t.place), '[]')
            FROM tree t WHERE t.parent_id IS NULL
        ),
        'parent_map', (
            SELECT coalesce(json_object_agg(t.entity_id, t.parent_id), '{}')
            FROM tree t WHERE t.parent_id IS NOT NULL
        ),
        'children_map', (
            SELECT coalesce(json_object_agg(b.parent_id, b.children), '{}')
            FROM (
                SELECT
                    max(t.parent_id) AS parent_id,
                    json_agg(t.entity_id ORDER BY t.edge_place) AS children
                FROM tree t WHERE t.parent_id IS NOT NULL GROUP BY t.parent_place
            ) b
        ),
        'depth_map', (SELECT coalesce(json_object_agg(t.entity_id, t.depth), '{}') FROM tree t)
    )::jsonb
$$;
