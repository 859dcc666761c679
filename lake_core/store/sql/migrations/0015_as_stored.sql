-- A whole row of a snapshot in less time still: what a keyframe holds is told as it was stored
-- where nothing followed, and ids are found without taking every document apart.

-- The place of the newest keyframe at or before a place of a space's log; 0 where there is none.
-- A table of one row, for only as such is it planned as part of the query that asks.
CREATE FUNCTION lake_frame_at(of_space integer, at_seq bigint) RETURNS TABLE (seq bigint)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1 AS $$
    SELECT coalesce(max(k.seq), 0) FROM lake_keyframes k
    WHERE k.space_id = of_space AND k.seq <= at_seq
$$;

-- The ids of a keyframe part's entities, in order. Each document has its own once at least, written
-- `"id":"…"`: where there are as many as documents, none is of something within one, and an id
-- without a backslash ends at the next quote. Elsewhere each document is taken apart, which takes
-- twice as long.
CREATE FUNCTION lake_ids_in(documents json, number integer) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN cardinality(s.pieces) = number + 1 AND strpos(array_to_string(t.ids, ''), '\') = 0
        THEN t.ids
        ELSE ARRAY(SELECT d.id FROM json_to_recordset(documents) d(id text))
    END
    FROM (SELECT string_to_array(documents::text, '"id":"') AS pieces OFFSET 0) s
    CROSS JOIN LATERAL (
        SELECT ARRAY(SELECT split_part(p, '"', 1) FROM unnest(s.pieces[2:]) p) AS ids OFFSET 0
    ) t
$$;

-- All documents of a kind that a keyframe holds, as one JSON array, letter for letter; NULL where
-- there are none. In bytes: to find the second character of a text is to count them all.
CREATE FUNCTION lake_stored_at(of_space integer, frame bigint, of_kind integer)
RETURNS TABLE (documents text)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 1 AS $$
    SELECT convert_from(
        '[' || string_agg(substring(t.bytes FROM 2 FOR octet_length(t.bytes) - 2), ',' ORDER BY t.part)
            || ']',
        getdatabaseencoding()
    )
    FROM (
        SELECT p.part, convert_to(p.documents::text, getdatabaseencoding()) AS bytes
        FROM lake_keyframe_parts p
        WHERE p.space_id = of_space AND p.seq = frame AND p.kind = of_kind OFFSET 0
    ) t
$$;

-- As in 0014, with ids found otherwise, and a patch read once.
CREATE OR REPLACE FUNCTION lake_documents_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, flux smallint, document text, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f), told AS (
        SELECT
            d.key,
            p.fluxes[d.ordinality] AS flux,
            d.document::text AS document,
            -- Below zero: before every row of the log.
            p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM lake_keyframe_parts p
        CROSS JOIN LATERAL ROWS FROM (
            unnest(lake_ids_in(p.documents, cardinality(p.fluxes))),
            json_array_elements(p.documents)
        ) WITH ORDINALITY d(key, document, ordinality)
        WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 1
    ), since AS (
        SELECT
            c.key,
            (array_agg(c.flux ORDER BY c.seq))[count(*)] AS flux,
            array_agg(c.kind ORDER BY c.seq) AS kinds,
            array_agg(c.patch ORDER BY c.seq) AS patches,
            -- Of the form {"set": …}: no more than fields put in others' place.
            every(
                (c.kind = 1 OR octet_length(c.patch::text) = octet_length(c.fields) + 8) IS TRUE
            ) AS is_plain,
            string_agg(nullif(substr(left(c.fields, -1), 2), ''), ',' ORDER BY c.seq) AS fields,
            max(c.seq) FILTER (WHERE c.kind = 1) AS place
        FROM (
            SELECT r.*, CASE r.kind WHEN 2 THEN (r.patch -> 'set')::text END AS fields
            FROM frame f CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) r
            WHERE r.kind <= 3 OFFSET 0
        ) c
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

-- The ids of the same entities alone.
CREATE FUNCTION lake_keys_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f), told AS (
        SELECT d.key, p.part::bigint * 100000 + d.ordinality - (1::bigint << 60) AS place
        FROM lake_keyframe_parts p
        CROSS JOIN LATERAL unnest(lake_ids_in(p.documents, cardinality(p.fluxes)))
            WITH ORDINALITY d(key, ordinality)
        WHERE p.space_id = of_space AND p.seq = (SELECT f.seq FROM frame f) AND p.kind = 1
    ), since AS (
        SELECT
            c.key,
            max(c.seq) FILTER (WHERE c.kind = 1) AS place,
            max(c.seq) FILTER (WHERE c.kind = 3) AS gone
        FROM frame f
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
        WHERE c.kind IN (1, 3)
        GROUP BY c.key
    )
    SELECT coalesce(s.key, t.key), coalesce(s.place, t.place)
    FROM told t FULL JOIN since s ON s.key = t.key
    WHERE s.gone IS NULL OR s.place > s.gone
$$;

-- The same entities with their parameters alone: what else of them changed is passed over.
CREATE OR REPLACE FUNCTION lake_parameters_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, parameters json, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f), told AS (
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

CREATE OR REPLACE FUNCTION lake_connections_at(of_space integer, at_seq bigint)
RETURNS TABLE (
    source_id text, target_id text, connection_type text, document text, place bigint
)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f), told AS (
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

CREATE OR REPLACE FUNCTION lake_nodes_at(of_space integer, at_seq bigint)
RETURNS TABLE (
    entity_id text, parent_id text, place bigint, parent_place bigint, edge_place bigint,
    is_root boolean
)
LANGUAGE sql STABLE ROWS 1000
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
    WITH entities AS MATERIALIZED (
        SELECT s.key, s.place FROM lake_keys_at(of_space, at_seq) s
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

-- Nothing is looked for where nothing followed the keyframe.
CREATE OR REPLACE FUNCTION lake_entities_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f)
    SELECT coalesce(CASE
        WHEN (SELECT f.seq FROM frame f) = at_seq THEN (
            SELECT s.documents FROM frame f CROSS JOIN LATERAL lake_stored_at(of_space, f.seq, 1) s
        ) ELSE (
            SELECT '[' || string_agg(d.document, ',' ORDER BY d.place) || ']'
            FROM lake_documents_at(of_space, at_seq) d
        )
    END::jsonb, '[]')
$$;

-- Connections seldom change: where none did since the keyframe, they are what it holds.
CREATE OR REPLACE FUNCTION lake_connections_json(of_space integer, at_seq bigint) RETURNS jsonb
LANGUAGE sql STABLE SET work_mem = '64MB' SET jit = off AS $$
    WITH frame AS (SELECT f.seq FROM lake_frame_at(of_space, at_seq) f)
    SELECT coalesce(CASE
        WHEN EXISTS (
            SELECT FROM frame f CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
            WHERE c.kind >= 4
        ) THEN (
            SELECT '[' || string_agg(c.document, ',' ORDER BY c.place) || ']'
            FROM lake_connections_at(of_space, at_seq) c
        ) ELSE (
            SELECT s.documents FROM frame f CROSS JOIN LATERAL lake_stored_at(of_space, f.seq, 4) s
        )
    END::jsonb, '[]')
$$;

-- Snapshots of which something was said: few among many, and looked for every two seconds.
CREATE INDEX lake_snapshots_remarked ON lake_snapshots (space_id)
    WHERE deleted_at IS NULL AND (pinned OR rating IS NOT NULL OR note <> '' OR tags <> '{}');
