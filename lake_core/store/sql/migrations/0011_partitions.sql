-- The log by space and by month: native partitions, made ahead of need and dropped whole.
--
-- `lake_changes` is cut by a hash of the space into eight buckets, and each bucket by month, with
-- one leaf more for what fits no month that is there: no row is ever refused. Keyframes are cut by
-- the same hash alone. No parent has a key or an index, each leaf has: (space_id, seq) is the key,
-- and a bucket may lie on another server, where PostgreSQL can vouch for no key of ours.
-- That a place of a space's log is taken once is up to its writer, of whom there is one.

ALTER TABLE lake_changes RENAME TO lake_changes_before;
ALTER TABLE lake_keyframes RENAME TO lake_keyframes_before;
ALTER TABLE lake_keyframe_parts RENAME TO lake_keyframe_parts_before;
ALTER INDEX lake_keyframes_pkey RENAME TO lake_keyframes_before_pkey;
ALTER INDEX lake_keyframe_parts_pkey RENAME TO lake_keyframe_parts_before_pkey;

CREATE TABLE lake_changes (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    client_time double precision,
    kind smallint NOT NULL,
    flux smallint NOT NULL,
    key text NOT NULL,
    patch json
) PARTITION BY HASH (space_id);
CREATE TABLE lake_keyframes (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
) PARTITION BY HASH (space_id);
CREATE TABLE lake_keyframe_parts (
    space_id integer NOT NULL,
    seq bigint NOT NULL,
    part integer NOT NULL,
    kind smallint NOT NULL,
    fluxes smallint[] NOT NULL,
    documents json NOT NULL
) PARTITION BY HASH (space_id);

-- Where the log is on another server, that one commits just before this one. A crash in between
-- leaves rows beyond the head, of which nothing here speaks: where this is true, the head is moved
-- with every commit, and what lies beyond it never happened.
ALTER TABLE lake_spaces ADD COLUMN is_spread boolean NOT NULL DEFAULT false;

-- The bucket of a space; the parent's own arithmetic.
CREATE FUNCTION lake_bucket_of(of_space integer) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT n FROM generate_series(0, 7) n
    WHERE satisfies_hash_partition('lake_changes'::regclass, 8, n, of_space)
$$;

-- A table for rows of the log: their key; a small index over moments; one by which the life of one
-- entity is found, made block by block behind the writer. What autovacuum is to do to what only
-- grows is not to wait until a fifth of it is new.
CREATE FUNCTION lake_make_log(leaf text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE %I (LIKE lake_changes, PRIMARY KEY (space_id, seq)) WITH ('
        'autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_insert_threshold = 50000,'
        'autovacuum_analyze_scale_factor = 0.01, autovacuum_analyze_threshold = 20000,'
        'autovacuum_vacuum_scale_factor = 0.02)', leaf);
    EXECUTE format('CREATE INDEX ON %I USING brin (recorded_at)', leaf);
    EXECUTE format(
        'CREATE INDEX ON %I USING brin (key text_bloom_ops (n_distinct_per_range = 2000)) '
        'WITH (pages_per_range = 32, autosummarize = on)', leaf);
END $$;

-- One bucket of the log and its keyframes, empty: here, or on a server of which `postgres_fdw` knows.
CREATE FUNCTION lake_make_bucket(bucket integer, server name DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parent text;
    part text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['lake_changes', 'lake_keyframes', 'lake_keyframe_parts'] LOOP
        part := parent || '_' || bucket;
        IF server IS NOT NULL THEN
            EXECUTE format(
                'CREATE FOREIGN TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s) '
                'SERVER %I OPTIONS (table_name %L, batch_size %L, fetch_size %L)',
                part, parent, bucket, server, part,
                -- Parts are long: a thousand documents a row.
                CASE parent WHEN 'lake_keyframe_parts' THEN 1 ELSE 1000 END,
                CASE parent WHEN 'lake_keyframe_parts' THEN 10 ELSE 1000 END);
            CONTINUE;
        END IF;
        EXECUTE format(
            'CREATE TABLE %I PARTITION OF %I %s FOR VALUES WITH (MODULUS 8, REMAINDER %s) %s',
            part, parent,
            CASE parent WHEN 'lake_keyframes' THEN '(PRIMARY KEY (space_id, seq))'
                WHEN 'lake_keyframe_parts' THEN '(PRIMARY KEY (space_id, seq, part))' ELSE '' END,
            bucket,
            CASE parent WHEN 'lake_changes' THEN 'PARTITION BY RANGE (recorded_at)'
                WHEN 'lake_keyframe_parts' THEN 'WITH (autovacuum_vacuum_insert_scale_factor = 0.05,'
                    'autovacuum_analyze_scale_factor = 0.05)' ELSE '' END);
        IF parent = 'lake_changes' THEN
            PERFORM lake_make_log(part || '_default');
            EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I DEFAULT', part, part || '_default');
        END IF;
    END LOOP;
END $$;

-- The leaf of a bucket for one month; whether it was not there yet. What had fallen into the leaf
-- for everything else is moved: most of it beside ingestion, the rest when no one else is at it,
-- which is short; where more comes in than is moved, not now. Attached with the whole bucket
-- locked: who reads or writes locks the bucket, looks which leaves it has, and locks those, so
-- whoever had looked, and waited for the leaf for everything else, would go on without the new one.
CREATE FUNCTION lake_make_leaf(bucket text, month timestamp) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    leaf text := bucket || to_char(month, '_YYYY_MM');
    others text := bucket || '_default';
    low timestamptz := month AT TIME ZONE 'UTC';
    high timestamptz := (month + interval '1 month') AT TIME ZONE 'UTC';
    move text := format(
        'WITH moved AS (DELETE FROM %I WHERE recorded_at >= %L AND recorded_at < %L RETURNING *) '
        'INSERT INTO %I SELECT * FROM moved', others, low, high, leaf);
    moved bigint;
BEGIN
    IF to_regclass(leaf) IS NOT NULL THEN
        RETURN false;
    END IF;
    PERFORM lake_make_log(leaf);
    FOR tried IN 1 .. 5 LOOP
        EXECUTE move;
        GET DIAGNOSTICS moved = ROW_COUNT;
        EXIT WHEN moved < 10000;
    END LOOP;
    IF moved > 50000 THEN
        RAISE object_in_use;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', bucket);
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', others);
    EXECUTE move;
    EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        bucket, leaf, low, high);
    RETURN true;
END $$;

-- Drop a leaf whose month is over if it holds nothing; whether it did not.
CREATE FUNCTION lake_drop_empty(bucket text, leaf text) RETURNS boolean
LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
    is_used boolean;
BEGIN
    -- The bucket first, as those do who read and write.
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', bucket);
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', leaf) INTO is_used;
    IF NOT is_used THEN
        EXECUTE format('DROP TABLE %I', leaf);
    END IF;
    RETURN NOT is_used;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN false;
END $$;

-- The leaves of a bucket that a month each have, by name, which is by time.
CREATE FUNCTION lake_leaves(bucket text) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = bucket::regclass AND c.relname <> bucket || '_default' ORDER BY 1
$$;

-- One bucket's leaves for this month and some to come if it holds anything, and for whatever waits
-- in the leaf for everything else; past ones that are empty go. The bucket stays locked until the
-- transaction ends, so a month that had waited is the last for now. Where someone is in the way, a
-- later call does it.
CREATE FUNCTION lake_make_leaves(bucket text, ahead integer, today timestamptz)
RETURNS integer LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
    this timestamp := date_trunc('month', today AT TIME ZONE 'UTC');
    made integer := 0;
    is_new boolean;
    wanted record;
    leaf text;
    is_used boolean;
BEGIN
    IF NOT pg_try_advisory_xact_lock(36900005, 0) THEN
        RETURN 0; -- another server is at it
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', bucket) INTO is_used;
    FOR wanted IN EXECUTE format(
        'SELECT month, bool_or(waits) AS waits FROM ('
        'SELECT %L::timestamp + n * interval ''1 month'' AS month, false AS waits '
        'FROM generate_series(0, %s) n UNION '
        'SELECT DISTINCT date_trunc(''month'', recorded_at AT TIME ZONE ''UTC''), true FROM %I'
        ') m GROUP BY month ORDER BY month',
        this, CASE WHEN is_used THEN ahead ELSE -1 END, bucket || '_default')
    LOOP
        BEGIN
            is_new := lake_make_leaf(bucket, wanted.month);
            made := made + is_new::integer;
            IF is_new AND wanted.waits THEN
                RETURN made;
            END IF;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected THEN
                EXIT; -- whoever is in the way of one is in that of all
            WHEN object_in_use OR duplicate_table OR unique_violation THEN
                NULL; -- more comes in than is moved, or someone else was sooner
        END;
    END LOOP;
    FOR leaf IN SELECT * FROM lake_leaves(bucket) LOOP
        EXIT WHEN leaf >= bucket || to_char(this, '_YYYY_MM');
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', leaf) INTO is_used;
        IF NOT is_used THEN
            PERFORM lake_drop_empty(bucket, leaf);
        END IF;
    END LOOP;
    RETURN made;
END $$;

-- The buckets of the log that lie here.
CREATE FUNCTION lake_buckets() RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT c.relname::text FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'lake_changes'::regclass AND c.relkind = 'p' ORDER BY 1
$$;

-- All buckets that lie here; how many leaves were made. Servers call it every ten minutes.
CREATE FUNCTION lake_make_partitions(ahead integer DEFAULT 2, today timestamptz DEFAULT now())
RETURNS integer LANGUAGE sql AS $$
    SELECT coalesce(sum(lake_make_leaves(b, ahead, today)), 0)::integer FROM lake_buckets() b
$$;

-- The leaves, or the bucket on another server, in which a space has rows below its floor.
CREATE FUNCTION lake_leaves_below(of_space integer) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
    bucket text := 'lake_changes_' || lake_bucket_of(of_space);
    floor bigint := (SELECT p.floor_seq FROM lake_spaces p WHERE p.space_id = of_space);
    leaf text;
    is_below boolean;
BEGIN
    FOR leaf IN
        SELECT l FROM lake_leaves(bucket) l UNION ALL
        SELECT CASE c.relkind WHEN 'p' THEN bucket || '_default' ELSE bucket END
        FROM pg_class c WHERE c.oid = bucket::regclass
    LOOP
        EXECUTE format(
            'SELECT EXISTS (SELECT FROM %I WHERE space_id = %s AND seq <= %s)',
            leaf, of_space, floor) INTO is_below;
        IF is_below THEN
            RETURN NEXT leaf;
        END IF;
    END LOOP;
END $$;

-- Whether a leaf holds rows of a space above its floor, or of any other; by its key.
CREATE FUNCTION lake_is_needed(leaf text, of_space integer, floor bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    is_needed boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$I WHERE space_id < %2$s) '
        'OR EXISTS (SELECT FROM %1$I WHERE space_id > %2$s) '
        'OR EXISTS (SELECT FROM %1$I WHERE space_id = %2$s AND seq > %3$s)',
        leaf, of_space, floor) INTO is_needed;
    RETURN is_needed;
END $$;

-- Drop a leaf whose month is over if all it holds is a space's log below its floor.
CREATE FUNCTION lake_drop_leaf(bucket text, leaf text, of_space integer, floor bigint)
RETURNS boolean LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
BEGIN
    IF bucket = leaf OR leaf !~ '_\d{4,}_\d\d$'
        OR leaf >= bucket || to_char(now() AT TIME ZONE 'UTC', '_YYYY_MM')
        OR lake_is_needed(leaf, of_space, floor)
    THEN
        RETURN false;
    END IF;
    EXECUTE format('LOCK TABLE ONLY %I IN ACCESS EXCLUSIVE MODE', bucket);
    IF lake_is_needed(leaf, of_space, floor) THEN
        RETURN false; -- since just now
    END IF;
    EXECUTE format('DROP TABLE %I', leaf);
    RETURN true;
EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
    RETURN false; -- someone reads
END $$;

-- Let go of what a leaf holds of a space's log below its floor, all at once where that can be;
-- whether the leaf went. Can be done at any time, and again.
CREATE FUNCTION lake_let_go(leaf text, of_space integer) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    bucket text := 'lake_changes_' || lake_bucket_of(of_space);
    floor bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(36900003, of_space); -- no one lowers the floor meanwhile
    SELECT p.floor_seq INTO floor FROM lake_spaces p WHERE p.space_id = of_space;
    IF to_regclass(leaf) IS NULL OR lake_drop_leaf(bucket, leaf, of_space, floor) THEN
        RETURN true;
    END IF;
    EXECUTE format('DELETE FROM %I WHERE space_id = %s AND seq <= %s', leaf, of_space, floor);
    RETURN false;
END $$;

-- Take back what a crash left beyond the head of a space whose log is on another server. The row
-- that is put there and taken away waits for whoever may still be committing there; where that
-- one gets through this fails, and is to be called again.
CREATE FUNCTION lake_take_back(of_space integer) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    head bigint := (SELECT p.head_seq FROM lake_spaces p WHERE p.space_id = of_space AND p.is_spread);
BEGIN
    IF head IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM lake_changes WHERE space_id = of_space AND seq > head;
    INSERT INTO lake_changes (space_id, seq, recorded_at, kind, flux, key)
    VALUES (of_space, head + 1, now(), 0, 0, '');
    DELETE FROM lake_changes WHERE space_id = of_space AND seq > head;
END $$;

-- A space whose bucket is elsewhere is spread from its first row on; one that is here has a leaf
-- for this month before its first row.
CREATE FUNCTION lake_house() RETURNS trigger
LANGUAGE plpgsql SET lock_timeout = '200ms' AS $$
DECLARE
    bucket text := 'lake_changes_' || lake_bucket_of(NEW.space_id);
BEGIN
    NEW.is_spread := (SELECT c.relkind = 'f' FROM pg_class c WHERE c.oid = bucket::regclass);
    IF NOT NEW.is_spread THEN
        PERFORM lake_make_leaf(bucket, date_trunc('month', now() AT TIME ZONE 'UTC'));
    END IF;
    RETURN NEW;
EXCEPTION WHEN lock_not_available OR deadlock_detected OR object_in_use OR duplicate_table
    OR unique_violation
THEN
    RETURN NEW; -- its rows wait in the leaf for everything else
END $$;
CREATE TRIGGER lake_house BEFORE INSERT ON lake_spaces
    FOR EACH ROW EXECUTE FUNCTION lake_house();

-- Take a bucket to another server, or back here with none named, with all it holds. For operators:
-- while it runs no one reads or writes, and no server may be at work.
CREATE FUNCTION lake_move_bucket(bucket integer, server name DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    parents text[] := ARRAY['lake_changes', 'lake_keyframes', 'lake_keyframe_parts'];
    parent text;
    part text;
BEGIN
    LOCK TABLE lake_spaces, lake_changes, lake_keyframes, lake_keyframe_parts
        IN ACCESS EXCLUSIVE MODE;
    IF EXISTS (
        SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND l.classid = 36900002 AND d.datname = current_database()
    ) THEN
        RAISE EXCEPTION 'a server writes to this lake: stop it first';
    END IF;
    -- From here on the head is the truth, or was: what is beyond it is counted in, or left behind.
    UPDATE lake_spaces p SET
        head_seq = coalesce((SELECT max(c.seq) FROM lake_changes c
            WHERE c.space_id = p.space_id), p.head_seq),
        entities_seen = p.entities_seen + (SELECT count(*) FROM lake_changes c
            WHERE c.space_id = p.space_id AND c.seq > p.head_seq AND c.kind = 1)
    WHERE lake_bucket_of(p.space_id) = bucket AND NOT p.is_spread;
    FOREACH parent IN ARRAY parents LOOP
        part := parent || '_' || bucket;
        IF server IS NULL
            AND (SELECT c.relkind <> 'f' FROM pg_class c WHERE c.oid = part::regclass)
        THEN
            RAISE EXCEPTION 'bucket % is here already', bucket;
        END IF;
        EXECUTE format('ALTER TABLE %I DETACH PARTITION %I', parent, part);
        EXECUTE format('ALTER TABLE %I RENAME TO %I', part, part || '_before');
    END LOOP;
    PERFORM lake_make_bucket(bucket, server);
    FOREACH parent IN ARRAY parents LOOP
        part := parent || '_' || bucket;
        EXECUTE format('DELETE FROM %I', part); -- what an attempt before this one left there
        EXECUTE format(
            'INSERT INTO %I SELECT c.* FROM %I c JOIN lake_spaces p USING (space_id) '
            'WHERE c.seq <= p.head_seq', part, part || '_before');
        IF (SELECT c.relkind = 'f' FROM pg_class c WHERE c.oid = (part || '_before')::regclass) THEN
            EXECUTE format('DELETE FROM %I', part || '_before');
            EXECUTE format('DROP FOREIGN TABLE %I', part || '_before');
        ELSE
            EXECUTE format('DROP TABLE %I', part || '_before');
        END IF;
    END LOOP;
    UPDATE lake_spaces p SET is_spread = server IS NOT NULL
    WHERE lake_bucket_of(p.space_id) = bucket;
END $$;

-- The newest place of a space's log recorded at or before a time; 0 before its first. As it was,
-- but for what lies beyond the head of a space that is spread.
CREATE OR REPLACE FUNCTION lake_seq_at(of_space integer, at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    low bigint;
    high bigint;
    middle bigint;
    low_at timestamptz;
    middle_at timestamptz;
BEGIN
    SELECT p.floor_seq, p.floor_at, CASE WHEN p.is_spread THEN p.head_seq END
    INTO low, low_at, high FROM lake_spaces p WHERE p.space_id = of_space;
    IF high IS NULL THEN
        SELECT c.seq INTO high FROM lake_changes c
        WHERE c.space_id = of_space ORDER BY c.seq DESC LIMIT 1;
    END IF;
    IF low IS NULL OR low_at > at THEN
        RETURN 0;
    END IF;
    high := coalesce(high, low);
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        SELECT c.recorded_at INTO middle_at FROM lake_changes c
        WHERE c.space_id = of_space AND c.seq = middle;
        IF middle_at IS NULL OR middle_at > at THEN
            high := middle - 1;
        ELSE
            low := middle;
        END IF;
    END LOOP;
    RETURN low;
END $$;

-- What there is already moves over.
DO $$
DECLARE
    found record;
BEGIN
    FOR bucket IN 0 .. 7 LOOP
        PERFORM lake_make_bucket(bucket);
    END LOOP;
    FOR found IN
        SELECT DISTINCT lake_bucket_of(b.space_id) AS bucket, b.month FROM (
            SELECT DISTINCT space_id, date_trunc('month', recorded_at AT TIME ZONE 'UTC') AS month
            FROM lake_changes_before
        ) b
    LOOP
        PERFORM lake_make_leaf('lake_changes_' || found.bucket, found.month);
    END LOOP;
END $$;
INSERT INTO lake_changes SELECT * FROM lake_changes_before;
INSERT INTO lake_keyframes SELECT * FROM lake_keyframes_before;
INSERT INTO lake_keyframe_parts SELECT * FROM lake_keyframe_parts_before;
DROP TABLE lake_changes_before, lake_keyframe_parts_before, lake_keyframes_before;
