-- A leaf is attached with its bucket locked, not only the leaf for everything else. Who reads or
-- writes locks the bucket, looks which leaves it has, and locks those. Whoever had looked, and
-- waited for the leaf for everything else, went on without the new one: what had moved there was
-- not seen, and what belonged there was refused.

-- As it was, but for the lock.
CREATE OR REPLACE FUNCTION lake_make_leaf(bucket text, month timestamp) RETURNS boolean
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

-- One bucket's leaves for this month and some to come if it holds anything, and for whatever waits
-- in the leaf for everything else; past ones that are empty go. The bucket stays locked until the
-- transaction ends, so a month that had waited is the last for now. Where someone is in the way, a
-- later call does it.
CREATE OR REPLACE FUNCTION lake_make_leaves(bucket text, ahead integer, today timestamptz)
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

-- As it was: a new space waits for no month, whatever is in the way.
CREATE OR REPLACE FUNCTION lake_house() RETURNS trigger
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
