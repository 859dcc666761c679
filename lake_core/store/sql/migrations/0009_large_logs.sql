-- What a log of many millions of rows needs.

-- The log only grows, and is cut from below: what autovacuum is to do there is not to wait until a
-- fifth of it is new. Often and little: figures for the planner, pages marked as read by all,
-- blocks summarised for the index over keys.
ALTER TABLE lake_changes SET (
    autovacuum_vacuum_insert_scale_factor = 0.01,
    autovacuum_vacuum_insert_threshold = 50000,
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_analyze_threshold = 20000,
    autovacuum_vacuum_scale_factor = 0.02
);
ALTER TABLE lake_keyframe_parts SET (
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.05
);

-- Rows of one space's log after a place and up to another, always by the key. Within a larger
-- query the planner cannot know how few they are, and above some millions of rows it would rather
-- read the whole log; here both places are known when it plans.
CREATE FUNCTION lake_rows(of_space integer, after bigint, upto bigint)
RETURNS TABLE (seq bigint, kind smallint, flux smallint, key text, patch json)
LANGUAGE sql STABLE ROWS 10000 SET enable_seqscan = off SET enable_bitmapscan = off AS $$
    SELECT c.seq, c.kind, c.flux, c.key, c.patch FROM lake_changes c
    WHERE c.space_id = of_space AND c.seq > after AND c.seq <= upto
$$;

CREATE OR REPLACE FUNCTION lake_entities_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, flux smallint, document jsonb, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
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
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
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

CREATE OR REPLACE FUNCTION lake_connections_at(of_space integer, at_seq bigint)
RETURNS TABLE (key text, document jsonb, place bigint)
LANGUAGE sql STABLE PARALLEL UNSAFE ROWS 10000 AS $$
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
        CROSS JOIN LATERAL lake_rows(of_space, f.seq, at_seq) c
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
