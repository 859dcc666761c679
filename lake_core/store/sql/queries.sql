-- Every statement the lake runs, each with a name and a line of why.

-- name: compile_nothing
-- To compile a query over so many partitions takes longer than the query. Who asks for it in the
-- connection string (its source is the client) has it. Not a startup option: poolers refuse those.
SELECT set_config('jit', 'off', false) FROM pg_settings WHERE name = 'jit' AND source <> 'client';

-- name: lock_migrations
-- Two programs may open one lake at once: the second waits for the first's migrations.
SELECT pg_advisory_xact_lock(3690000001);

-- name: create_migrations
CREATE TABLE IF NOT EXISTS lake_migrations (
    number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: applied_migrations
SELECT number FROM lake_migrations ORDER BY number;

-- name: record_migration
INSERT INTO lake_migrations (number, name) VALUES (%(number)s, %(name)s);

-- name: whose_lake
-- For one who may not make its tables: who asks, where they would be, and whose they are if there.
SELECT quote_ident(current_user), quote_ident(place.name),
    (SELECT quote_ident(t.tableowner) FROM pg_tables t
     WHERE t.schemaname = place.name AND t.tablename = 'lake_migrations')
FROM (VALUES (coalesce(current_schema(), 'public'))) AS place (name);

-- name: lock_space
-- Session-level: the lock ends with its connection, however that ends.
SELECT pg_try_advisory_lock(36900002, %(space_id)s);

-- name: unlock_space
SELECT pg_advisory_unlock(36900002, %(space_id)s);

-- name: space_lock_holder
-- Who holds the lock of a space, for an error that helps.
SELECT a.application_name, a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.classid = 36900002 AND l.objid = %(space_id)s AND l.granted;

-- name: find_space
-- The log is the truth of where a space stands; its row in lake_spaces may be a second behind.
-- Where the space is spread it is the other way round. `head_at` is when it last changed.
SELECT p.space_id, coalesce(c.seq, CASE WHEN p.is_spread THEN p.head_seq ELSE p.floor_seq END),
    coalesce(c.recorded_at, p.head_at), p.head_seq, p.floor_seq, p.is_spread
FROM lake_spaces p
LEFT JOIN LATERAL (
    SELECT seq, recorded_at FROM lake_changes WHERE space_id = p.space_id AND NOT p.is_spread
    ORDER BY seq DESC LIMIT 1
) c ON true
WHERE p.space_name = %(space_name)s;

-- name: count_first_sights
SELECT count(*) FROM lake_changes
WHERE space_id = %(space_id)s AND seq > %(after)s AND kind = 1;

-- name: create_space
INSERT INTO lake_spaces (space_name) VALUES (%(space_name)s)
ON CONFLICT (space_name) DO UPDATE SET space_name = excluded.space_name
RETURNING space_id, is_spread;

-- name: take_back
SELECT lake_take_back(%(space_id)s);

-- name: move_head
-- Figures of a space, for those who read without loading it; about once a second.
UPDATE lake_spaces SET
    head_seq = %(head_seq)s, head_at = %(head_at)s, entity_count = %(entity_count)s,
    connection_count = %(connection_count)s, entities_seen = entities_seen + %(newly_seen)s
WHERE space_id = %(space_id)s;

-- name: copy_changes
COPY lake_changes (space_id, seq, recorded_at, client_time, kind, flux, key, patch)
FROM STDIN (FORMAT binary);

-- name: insert_changes
-- A few of them; their values follow.
INSERT INTO lake_changes (space_id, seq, recorded_at, client_time, kind, flux, key, patch);

-- name: add_snapshot
INSERT INTO lake_snapshots (space_id, id, seq, recorded_at, trigger, metadata)
VALUES (%(space_id)s, %(id)s, %(seq)s, %(recorded_at)s, %(trigger)s, %(metadata)s);

-- name: find_answers
-- The answers of requests that were answered before, by idempotency key.
SELECT key, body_hash, answer::text FROM lake_idempotency WHERE key = ANY(%(keys)b::text[]);

-- name: remember_answers
-- Many at once: a statement for each takes five times as long, and so does an array in text form.
INSERT INTO lake_idempotency (key, body_hash, answer)
SELECT key, body_hash, answer::json
FROM unnest(%(key)b::text[], %(body_hash)b::bytea[], %(answer)b::text[])
    AS said (key, body_hash, answer);

-- name: forget_answers
DELETE FROM lake_idempotency WHERE created_at < now() - interval '48 hours';

-- name: end_processes
-- Server processes of this holder that are to end; those still there.
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid = ANY(%(processes)s) AND application_name = left(%(holder)s, 63);

-- name: find_session
-- What a session of operations has come to; asked for when its sender comes back.
SELECT progress::text FROM lake_sessions WHERE session = %(session)s;

-- name: keep_session
-- In the transaction of the operations themselves: neither is there without the other.
INSERT INTO lake_sessions (session, position, progress)
VALUES (%(session)s, %(position)s, %(progress)s)
ON CONFLICT (session) DO UPDATE SET
    position = excluded.position, progress = excluded.progress, touched_at = now();

-- name: forget_sessions
DELETE FROM lake_sessions WHERE touched_at < now() - interval '48 hours';

-- name: nearest_keyframe
SELECT seq FROM lake_keyframes WHERE space_id = %(space_id)s AND seq <= %(seq)s
ORDER BY seq DESC LIMIT 1;

-- name: keyframe_parts
SELECT kind, fluxes, documents::text FROM lake_keyframe_parts
WHERE space_id = %(space_id)s AND seq = %(seq)s ORDER BY part;

-- name: add_keyframe
INSERT INTO lake_keyframes (space_id, seq) VALUES (%(space_id)s, %(seq)s)
ON CONFLICT DO NOTHING;

-- name: drop_keyframe_parts
DELETE FROM lake_keyframe_parts WHERE space_id = %(space_id)s AND seq = %(seq)s;

-- name: add_keyframe_part
INSERT INTO lake_keyframe_parts (space_id, seq, part, kind, fluxes, documents)
VALUES (%(space_id)s, %(seq)s, %(part)s, %(kind)s, %(fluxes)s, %(documents)s);

-- name: changes_between
-- The log of one space from after one place up to another.
SELECT seq, kind, key, flux, coalesce(convert_to(patch::text, 'UTF8'), '') FROM lake_changes
WHERE space_id = %(space_id)s AND seq > %(after)s AND seq <= %(upto)s ORDER BY seq;

-- name: moment_of
SELECT c.recorded_at FROM lake_changes c JOIN lake_spaces p USING (space_id)
WHERE p.space_name = %(space_name)s AND c.seq = %(seq)s AND (NOT p.is_spread OR c.seq <= p.head_seq);

-- name: keyframe_places
SELECT k.seq FROM lake_keyframes k JOIN lake_spaces p USING (space_id)
WHERE k.space_id = %(space_id)s AND k.seq >= p.floor_seq ORDER BY k.seq;

-- name: snapshot_marks
-- Deleted ones too: they may be brought back.
SELECT id, seq, metadata::text FROM lake_snapshots WHERE space_id = %(space_id)s ORDER BY seq, id;

-- name: plan_for_all_rows
-- For a cursor that is read to its end: without this the planner takes what begins soonest.
SET LOCAL cursor_tuple_fraction = 1.0;

-- name: entity_rows
-- The life of one entity. A connection's key may read like an entity's id; its kind tells.
SELECT seq, recorded_at, kind, flux, coalesce(convert_to(patch::text, 'UTF8'), '') FROM lake_changes
WHERE space_id = %(space_id)s AND key = %(key)s AND kind <= 3 AND seq > %(floor)s ORDER BY seq;

-- name: log_weight
-- How heavy the log has grown since a place, for the next keyframe after a restart.
SELECT coalesce(sum(coalesce(octet_length(patch::text), 0) + octet_length(key) + 40), 0)::bigint FROM lake_changes
WHERE space_id = %(space_id)s AND seq > %(after)s;

-- name: seq_at_time
-- recorded_at never falls as seq rises, so the newest row not after the time is the state then.
SELECT lake_seq_at(%(space_id)s, %(at)s);

-- name: last_snapshot
SELECT seq, recorded_at FROM lake_snapshots WHERE space_id = %(space_id)s
ORDER BY recorded_at DESC LIMIT 1;

-- name: newest_snapshot
SELECT s.id FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
WHERE p.space_name = %(space_name)s AND s.deleted_at IS NULL
ORDER BY s.recorded_at DESC, s.seq DESC, s.id DESC LIMIT 1;

-- name: list_snapshots
SELECT s.id, p.space_name, s.recorded_at, s.seq, s.trigger, s.pinned, s.metadata::text,
    s.tags, s.note, s.rating
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
WHERE p.space_name = %(space_name)s AND s.deleted_at IS NULL
    AND (%(start)s::timestamptz IS NULL OR s.recorded_at >= %(start)s)
    AND (%(end)s::timestamptz IS NULL OR s.recorded_at <= %(end)s)
    AND (%(after)s::uuid IS NULL OR (s.recorded_at, s.seq, s.id) > (
        SELECT a.recorded_at, a.seq, a.id FROM lake_snapshots a WHERE a.id = %(after)s))
ORDER BY s.recorded_at, s.seq, s.id LIMIT %(limit)s;

-- name: find_snapshots
SELECT s.id, p.space_name, s.recorded_at, s.seq, s.trigger, s.pinned, s.metadata::text,
    s.tags, s.note, s.rating
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
WHERE s.id = ANY(%(ids)s) AND s.deleted_at IS NULL
ORDER BY p.space_name, s.recorded_at, s.seq, s.id;

-- name: snapshot_space
-- Deleted ones too: a list may go on after one that was deleted meanwhile.
SELECT p.space_name FROM lake_snapshots s JOIN lake_spaces p USING (space_id) WHERE s.id = %(id)s;

-- name: lock_snapshot
-- Stronger than what an epoch takes to hold it, so that one of the two waits for the other.
SELECT deleted_at IS NOT NULL, expired FROM lake_snapshots WHERE id = %(id)s FOR UPDATE;

-- name: holding_epoch
SELECT e.id, e.name FROM lake_epoch_snapshots h JOIN eustress_epochs e ON e.id = h.epoch_id
WHERE h.snapshot_id = %(id)s ORDER BY e.created_at LIMIT 1;

-- name: edit_snapshot
UPDATE lake_snapshots s SET
    pinned = coalesce(%(pinned)s, s.pinned),
    tags = coalesce(%(tags)s::text[], s.tags),
    note = coalesce(%(note)s, s.note),
    rating = CASE WHEN %(is_rated)s THEN %(rating)s::smallint ELSE s.rating END,
    deleted_at = CASE
        WHEN %(deleted)s::boolean IS NULL THEN s.deleted_at WHEN %(deleted)s THEN now() END,
    expired = s.expired AND %(deleted)s::boolean IS NULL
FROM lake_spaces p
WHERE p.space_id = s.space_id AND s.id = %(id)s
RETURNING s.id, p.space_name, s.recorded_at, s.seq, s.trigger, s.pinned, s.metadata::text,
    s.tags, s.note, s.rating;

-- name: deleted_among
SELECT id FROM lake_snapshots WHERE id = ANY(%(ids)s) AND deleted_at IS NOT NULL LIMIT 1;

-- name: list_spaces
SELECT p.space_name, p.entity_count, p.connection_count,
    coalesce(c.seq, CASE WHEN p.is_spread THEN p.head_seq ELSE p.floor_seq END),
    coalesce(c.recorded_at, p.head_at),
    (SELECT count(*) FROM lake_snapshots s WHERE s.space_id = p.space_id AND s.deleted_at IS NULL)
FROM lake_spaces p
LEFT JOIN LATERAL (
    SELECT seq, recorded_at FROM lake_changes WHERE space_id = p.space_id AND NOT p.is_spread
    ORDER BY seq DESC LIMIT 1
) c ON true
ORDER BY p.space_name;

-- name: count_spaces
SELECT count(*) FROM lake_spaces;

-- name: lake_totals
SELECT
    (SELECT count(*) FROM lake_snapshots WHERE deleted_at IS NULL),
    (SELECT count(*) FROM lake_spaces),
    (SELECT coalesce(sum(entities_seen), 0)::bigint FROM lake_spaces),
    (SELECT count(*) FROM eustress_epochs),
    (SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
        AND (c.relname LIKE 'lake\_%%' OR c.relname = 'eustress_epochs')),
    (SELECT max(recorded_at) FROM lake_snapshots WHERE deleted_at IS NULL);

-- name: add_epoch
INSERT INTO eustress_epochs (id, space_name, snapshot_ids, start_time, end_time, sample_count,
    stats, created_at, name, note, content_hash, space_names, derived_from)
VALUES (%(id)s, %(space_name)s, %(snapshot_ids)s, %(start_time)s, %(end_time)s, %(sample_count)s,
    %(stats)s, %(created_at)s, %(name)s, %(note)s, %(content_hash)s, %(space_names)s,
    %(derived_from)s);

-- name: hold_snapshot
INSERT INTO lake_epoch_snapshots (epoch_id, snapshot_id) VALUES (%(epoch_id)s, %(snapshot_id)s);

-- name: list_epochs
SELECT id, space_name, snapshot_ids::text, start_time, end_time, sample_count, stats::text,
    name, note, space_names::text, content_hash, created_at, derived_from::text
FROM eustress_epochs
WHERE (%(id)s::uuid IS NULL OR id = %(id)s)
    AND (%(after)s::uuid IS NULL OR (created_at, id) > (
        SELECT a.created_at, a.id FROM eustress_epochs a WHERE a.id = %(after)s))
ORDER BY created_at, id LIMIT %(limit)s;

-- name: delete_epoch
DELETE FROM eustress_epochs WHERE id = %(id)s RETURNING id;

-- name: table_sizes
-- The planner's own count of rows: to count them would take as long as to read them. Partitions
-- count for the table they are of.
SELECT t.relname::text, sum(pg_total_relation_size(c.oid))::bigint,
    sum(greatest(c.reltuples, 0))::bigint
FROM pg_class c JOIN pg_class t ON t.oid = coalesce(pg_partition_root(c.oid), c.oid)
WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    AND (c.relname LIKE 'lake\_%%' OR c.relname = 'eustress_epochs')
GROUP BY t.relname ORDER BY 2 DESC, 1;

-- name: silences
-- Snapshots follow changes, so a long time without one is a time without changes.
SELECT p.space_name, count(s.pause), coalesce(max(s.pause), 0)
FROM lake_spaces p
LEFT JOIN (
    SELECT space_id, extract(epoch FROM
        recorded_at - lag(recorded_at) OVER (PARTITION BY space_id ORDER BY recorded_at)) AS pause
    FROM lake_snapshots
) s ON s.space_id = p.space_id AND s.pause > %(seconds)s
GROUP BY p.space_name ORDER BY p.space_name;

-- name: change_moments
-- When changes between two places of a space's log were recorded; one row a moment.
SELECT recorded_at, count(*) FROM lake_changes
WHERE space_id = %(space_id)s AND seq > %(after)s AND seq <= %(upto)s
GROUP BY recorded_at ORDER BY recorded_at;

-- name: recorded_at
SELECT recorded_at FROM lake_changes WHERE space_id = %(space_id)s AND seq = %(seq)s;

-- name: add_bookmark
INSERT INTO lake_bookmarks (space_id, id, at, note)
SELECT space_id, %(id)s, %(at)s, %(note)s FROM lake_spaces WHERE space_name = %(space_name)s
RETURNING id;

-- name: delete_bookmark
DELETE FROM lake_bookmarks WHERE id = %(id)s RETURNING id;

-- name: list_bookmarks
SELECT b.id, p.space_name, b.at, b.note FROM lake_bookmarks b JOIN lake_spaces p USING (space_id)
WHERE p.space_name = %(space_name)s ORDER BY b.at, b.id;

-- name: keep_draft
INSERT INTO lake_drafts (id, name, note, snapshot_ids)
VALUES (%(id)s, %(name)s, %(note)s, %(snapshot_ids)s)
ON CONFLICT (id) DO UPDATE
SET name = excluded.name, note = excluded.note, snapshot_ids = excluded.snapshot_ids,
    updated_at = now()
RETURNING id, name, note, snapshot_ids, updated_at;

-- name: list_drafts
-- Drafts, the last touched first, with those of their snapshots that are still to be seen.
SELECT
    d.id, d.name, d.note,
    ARRAY(
        SELECT n.id FROM unnest(d.snapshot_ids) WITH ORDINALITY n(id, place)
        JOIN lake_snapshots s ON s.id = n.id AND s.deleted_at IS NULL
        ORDER BY n.place
    ),
    d.updated_at
FROM lake_drafts d ORDER BY d.updated_at DESC, d.id;

-- name: drop_draft
DELETE FROM lake_drafts WHERE id = %(id)s RETURNING id;

-- name: list_policies
-- Every policy of a kind: the space's name, NULL for all that have none of their own.
SELECT p.space_name, l.policy::text FROM lake_policies l LEFT JOIN lake_spaces p USING (space_id)
WHERE l.kind = %(kind)s AND (l.space_id = 0 OR p.space_id IS NOT NULL)
ORDER BY p.space_name NULLS FIRST;

-- name: retained_since
-- A policy of null keeps everything: NULL.
SELECT p.space_name, CASE WHEN l.policy::text <> 'null' THEN l.updated_at END
FROM lake_policies l LEFT JOIN lake_spaces p USING (space_id)
WHERE l.kind = 'retention' AND (l.space_id = 0 OR p.space_id IS NOT NULL);

-- name: set_policy
INSERT INTO lake_policies (space_id, kind, policy) VALUES (%(space_id)s, %(kind)s, %(policy)s)
ON CONFLICT (space_id, kind) DO UPDATE SET policy = excluded.policy, updated_at = now();

-- name: clear_policy
DELETE FROM lake_policies WHERE space_id = %(space_id)s AND kind = %(kind)s RETURNING space_id;

-- name: retention_candidates
-- Snapshots of a space, and what holds each. Locked: whoever pins one, or takes it into an epoch,
-- waits, and finds out.
SELECT s.id, s.seq, s.recorded_at, s.trigger, s.pinned, cardinality(s.tags) > 0, s.note <> '',
    s.rating IS NOT NULL
FROM lake_snapshots s WHERE s.space_id = %(space_id)s AND s.deleted_at IS NULL
ORDER BY s.recorded_at, s.seq, s.id FOR UPDATE;

-- name: held_by_epochs
SELECT h.snapshot_id, coalesce(nullif(e.name, ''), left(e.id::text, 8))
FROM lake_epoch_snapshots h
JOIN eustress_epochs e ON e.id = h.epoch_id
JOIN lake_snapshots s ON s.id = h.snapshot_id
WHERE s.space_id = %(space_id)s ORDER BY e.created_at, e.id;

-- name: bookmark_instants
SELECT at FROM lake_bookmarks WHERE space_id = %(space_id)s ORDER BY at;

-- name: expire_snapshots
UPDATE lake_snapshots SET deleted_at = %(now)s, expired = true WHERE id = ANY(%(ids)s);

-- name: restore_expired
-- Undo what retention let go and has not purged yet.
UPDATE lake_snapshots SET deleted_at = NULL, expired = false
WHERE space_id = %(space_id)s AND expired RETURNING id;

-- name: purge_snapshots
-- What was deleted before a time is gone for good, but for what an epoch holds after all.
WITH gone AS (
    DELETE FROM lake_snapshots s
    WHERE s.space_id = %(space_id)s AND s.deleted_at < %(before)s
        AND NOT EXISTS (SELECT FROM lake_epoch_snapshots h WHERE h.snapshot_id = s.id)
    RETURNING s.id, s.space_id, s.seq, s.recorded_at
)
INSERT INTO lake_expired (snapshot_id, space_id, seq, recorded_at) SELECT * FROM gone
ON CONFLICT DO NOTHING RETURNING snapshot_id;

-- name: expired_among
SELECT id FROM lake_snapshots WHERE id = ANY(%(ids)s) AND expired
UNION ALL SELECT snapshot_id FROM lake_expired WHERE snapshot_id = ANY(%(ids)s) LIMIT 1;

-- name: oldest_kept
-- The oldest place that something still stored speaks of; bookmarks apart.
SELECT min(seq) FROM lake_snapshots WHERE space_id = %(space_id)s;

-- name: lock_upkeep
-- One process at a time lets history of a space go.
SELECT pg_advisory_xact_lock(36900003, %(space_id)s);

-- name: keyframe_age
SELECT extract(epoch FROM now() - created_at)::float8 FROM lake_keyframes
WHERE space_id = %(space_id)s AND seq = %(seq)s;

-- name: floors_to_be
-- Of the keyframes above the floor and up to a place: the newest that is so old, and whether there
-- is a younger one.
SELECT
    max(k.seq) FILTER (WHERE k.created_at <= now() - make_interval(secs => %(settled)s)),
    coalesce(bool_or(k.created_at > now() - make_interval(secs => %(settled)s)), false)
FROM lake_keyframes k JOIN lake_spaces p USING (space_id)
WHERE k.space_id = %(space_id)s AND k.seq > p.floor_seq AND k.seq <= %(upto)s;

-- name: raise_floor
-- What is below the floor is dead from here on, and swept up after.
UPDATE lake_spaces s SET floor_seq = c.seq, floor_at = c.recorded_at
FROM lake_changes c, lake_spaces b
WHERE s.space_id = %(space_id)s AND b.space_id = s.space_id
    AND c.space_id = s.space_id AND c.seq = %(seq)s
RETURNING c.seq - b.floor_seq;

-- name: leaves_below
SELECT lake_leaves_below(%(space_id)s);

-- name: let_go
SELECT lake_let_go(%(leaf)s, %(space_id)s);

-- name: drop_log_below
DELETE FROM lake_changes WHERE space_id = %(space_id)s AND seq <= %(seq)s;

-- name: drop_keyframes_below
DELETE FROM lake_keyframes WHERE space_id = %(space_id)s AND seq < %(seq)s;

-- name: drop_keyframe_parts_below
DELETE FROM lake_keyframe_parts WHERE space_id = %(space_id)s AND seq < %(seq)s;

-- name: floor_of
SELECT floor_seq FROM lake_spaces WHERE space_id = %(space_id)s;

-- name: littered
-- Spaces whose sweeping up was cut short.
SELECT p.space_id FROM lake_spaces p WHERE p.floor_seq > 0 AND (
    EXISTS (SELECT FROM lake_changes c WHERE c.space_id = p.space_id AND c.seq <= p.floor_seq)
    OR EXISTS (SELECT FROM lake_keyframes k WHERE k.space_id = p.space_id AND k.seq < p.floor_seq));

-- name: bytes_below
-- Of a space's log up to a place: as many bytes as some hundred rows of it lead to expect, each with
-- its line pointer and its place in the key; and the keyframes there, as they lie on disk.
SELECT (
    SELECT coalesce(avg(pg_column_size(c.*) + 28), 0) * greatest(%(upto)s - p.floor_seq, 0)
    FROM generate_series(
        p.floor_seq + 1, %(upto)s, greatest((%(upto)s - p.floor_seq) / 300, 1)
    ) place
    JOIN lake_changes c ON c.space_id = p.space_id AND c.seq = place
)::float8 + (
    SELECT coalesce(sum(pg_column_size(k.documents) + pg_column_size(k.fluxes)), 0)
    FROM lake_keyframe_parts k WHERE k.space_id = p.space_id AND k.seq < %(upto)s
)::float8
FROM lake_spaces p WHERE p.space_id = %(space_id)s;

-- name: entity_at_keyframe
-- One entity's document in a keyframe.
SELECT convert_to(d.value::text, 'UTF8')
FROM lake_keyframe_parts p CROSS JOIN LATERAL json_array_elements(p.documents) d
WHERE p.space_id = %(space_id)s AND p.seq = %(seq)s AND p.kind = 1
    AND d.value ->> 'id' = %(entity_id)s LIMIT 1;

-- name: has_lake
SELECT to_regclass('lake_migrations') IS NOT NULL;

-- name: heads
-- Every space and where its log ends.
SELECT p.space_name, CASE WHEN p.is_spread THEN p.head_seq ELSE coalesce(
    (SELECT max(c.seq) FROM lake_changes c WHERE c.space_id = p.space_id), p.floor_seq) END
FROM lake_spaces p ORDER BY p.space_name;

-- name: try_lock_archiving
-- Session-level: one process at a time archives a space, or restores it.
SELECT pg_try_advisory_lock(36900004, %(space_id)s);

-- name: unlock_archiving
SELECT pg_advisory_unlock(36900004, %(space_id)s);

-- name: stretch_moments
-- When the history of a space begins, and when the change at a place was made.
SELECT
    coalesce(p.floor_at, (
        SELECT f.recorded_at FROM lake_changes f WHERE f.space_id = p.space_id
        ORDER BY f.seq LIMIT 1
    )),
    (SELECT t.recorded_at FROM lake_changes t WHERE t.space_id = p.space_id AND t.seq = %(seq)s)
FROM lake_spaces p WHERE p.space_id = %(space_id)s;

-- name: stretch_rows
SELECT seq, recorded_at, client_time, kind, flux, key, patch::text FROM lake_changes
WHERE space_id = %(space_id)s AND seq > %(after)s AND seq <= %(upto)s ORDER BY seq;

-- name: copy_stretch_rows
COPY lake_changes (space_id, seq, recorded_at, client_time, kind, flux, key, patch) FROM STDIN;

-- name: stretch_snapshots
-- Deleted ones too. Locked: whoever marks one, or takes it into an epoch, waits, and finds out.
SELECT id, seq, recorded_at, trigger, metadata::text, pinned, tags, note, rating, deleted_at,
    expired, created_at
FROM lake_snapshots WHERE space_id = %(space_id)s AND seq < %(upto)s ORDER BY seq, id FOR UPDATE;

-- name: put_back_snapshot
INSERT INTO lake_snapshots (space_id, id, seq, recorded_at, trigger, metadata, pinned, tags, note,
    rating, deleted_at, expired, created_at)
VALUES (%(space_id)s, %(id)s, %(seq)s, %(recorded_at)s, %(trigger)s, %(metadata)s, %(pinned)s,
    %(tags)s, %(note)s, %(rating)s, %(deleted_at)s, %(expired)s, %(created_at)s);

-- name: snapshots_among
SELECT id FROM lake_snapshots WHERE id = ANY(%(ids)s) ORDER BY id LIMIT 1;

-- name: newest_snapshot_seq
SELECT max(seq) FROM lake_snapshots WHERE space_id = %(space_id)s AND deleted_at IS NULL;

-- name: pinned_snapshots
SELECT id, seq, recorded_at FROM lake_snapshots
WHERE space_id = %(space_id)s AND pinned AND deleted_at IS NULL;

-- name: snapshots_of_epochs
SELECT s.id, s.seq, s.recorded_at, coalesce(nullif(e.name, ''), left(e.id::text, 8))
FROM lake_epoch_snapshots h
JOIN eustress_epochs e ON e.id = h.epoch_id
JOIN lake_snapshots s ON s.id = h.snapshot_id
WHERE s.space_id = %(space_id)s ORDER BY e.created_at, e.id, s.seq;

-- name: bookmarks_of
SELECT at, note FROM lake_bookmarks WHERE space_id = %(space_id)s ORDER BY at;

-- name: begin_archive
INSERT INTO lake_archives (id, space_id, from_seq, to_seq, from_at, to_at, place)
VALUES (%(id)s, %(space_id)s, %(from_seq)s, %(to_seq)s, %(from_at)s, %(to_at)s, %(place)s);

-- name: archive_checked
-- Since when it is: it is read back again before anything goes, as often as that fails.
UPDATE lake_archives SET bytes = %(bytes)s, changes = %(changes)s, snapshots = %(snapshots)s,
    checked_at = coalesce(checked_at, now())
WHERE id = %(id)s;

-- name: archive_released
UPDATE lake_archives SET released_at = now() WHERE id = %(id)s;

-- name: forget_archive
DELETE FROM lake_archives WHERE id = %(id)s;

-- name: give_up_archive
-- What it held is gone: whoever asks for one of its snapshots is told that it was here.
WITH held AS (
    DELETE FROM lake_archived_snapshots s USING lake_archives a
    WHERE a.id = %(id)s AND s.archive_id = a.id
    RETURNING s.snapshot_id, a.space_id, a.to_seq, a.to_at
), gone AS (
    INSERT INTO lake_expired (snapshot_id, space_id, seq, recorded_at) SELECT * FROM held
    ON CONFLICT DO NOTHING
)
DELETE FROM lake_archives WHERE id = %(id)s;

-- name: list_archives
SELECT a.id, p.space_name, a.space_id, a.from_seq, a.to_seq, a.from_at, a.to_at, a.place, a.bytes,
    a.changes, a.snapshots,
    CASE WHEN a.released_at IS NOT NULL THEN 'archived'
        WHEN a.checked_at IS NOT NULL THEN 'checked' ELSE 'writing' END,
    coalesce(a.released_at, a.checked_at, a.begun_at)
FROM lake_archives a JOIN lake_spaces p USING (space_id)
WHERE (%(space_name)s::text IS NULL OR p.space_name = %(space_name)s)
    AND (%(id)s::uuid IS NULL OR a.id = %(id)s)
ORDER BY p.space_name, a.from_seq, a.begun_at;

-- name: floor_by_archives
-- The log above an archive must go on from it, or it could not come back; and what is about to go
-- into one must still be there then.
SELECT min(CASE WHEN released_at IS NULL THEN from_seq ELSE to_seq END) FROM (
    SELECT a.* FROM lake_archives a JOIN lake_spaces p USING (space_id)
    WHERE a.space_id = %(space_id)s AND a.checked_at IS NOT NULL
        AND (a.released_at IS NULL OR a.to_seq >= p.floor_seq)
) a;

-- name: archive_holding
SELECT s.snapshot_id, a.place
FROM lake_archived_snapshots s JOIN lake_archives a ON a.id = s.archive_id
WHERE s.snapshot_id = ANY(%(ids)s) LIMIT 1;

-- name: archive_reaching
-- The archive that holds a space's state at a place of its history, or at a time.
SELECT place FROM lake_archives
WHERE space_id = %(space_id)s AND released_at IS NOT NULL
    AND (from_seq <= %(seq)s AND to_seq > %(seq)s OR from_at <= %(at)s AND to_at > %(at)s)
LIMIT 1;

-- name: keep_archived_snapshots
INSERT INTO lake_archived_snapshots (snapshot_id, archive_id)
SELECT id, %(id)s FROM lake_snapshots WHERE space_id = %(space_id)s AND seq < %(upto)s
ON CONFLICT (snapshot_id) DO UPDATE SET archive_id = excluded.archive_id;

-- name: drop_snapshots_below
DELETE FROM lake_snapshots WHERE space_id = %(space_id)s AND seq < %(upto)s;

-- name: found_space
-- A space that comes out of an archive; nothing where there is one of that name.
INSERT INTO lake_spaces (space_name) VALUES (%(space_name)s) ON CONFLICT DO NOTHING
RETURNING space_id;

-- name: furnish_space
UPDATE lake_spaces SET head_seq = %(head_seq)s, head_at = %(head_at)s,
    entity_count = %(entity_count)s, connection_count = %(connection_count)s,
    entities_seen = %(entities_seen)s
WHERE space_id = %(space_id)s;

-- name: lower_floor
UPDATE lake_spaces SET floor_seq = %(seq)s, floor_at = %(at)s WHERE space_id = %(space_id)s;

-- name: upkeep_done
INSERT INTO lake_upkeep AS u (space_id, deed, done_at, expired, purged, changes)
VALUES (%(space_id)s, %(deed)s, now(), %(expired)s, %(purged)s, %(changes)s)
ON CONFLICT (space_id, deed) DO UPDATE SET
    done_at = now(), reason = '', failed_at = NULL, expired = u.expired + excluded.expired,
    purged = u.purged + excluded.purged, changes = u.changes + excluded.changes;

-- name: upkeep_failed
INSERT INTO lake_upkeep AS u (space_id, deed, failed_at, reason)
VALUES (%(space_id)s, %(deed)s, now(), %(reason)s)
ON CONFLICT (space_id, deed) DO UPDATE SET failed_at = now(), reason = excluded.reason;

-- name: list_upkeep
SELECT p.space_name, u.deed, u.done_at, u.failed_at, u.reason, u.expired, u.purged, u.changes
FROM lake_upkeep u JOIN lake_spaces p USING (space_id) ORDER BY p.space_name, u.deed;

-- name: keep_run
INSERT INTO lake_runs (id, program, version, host, address, started_at, seen_at, ended_at)
VALUES (%(id)s, %(program)s, %(version)s, %(host)s, %(address)s, %(started_at)s, %(seen_at)s,
    %(ended_at)s)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, ended_at = excluded.ended_at;

-- name: keep_outage
INSERT INTO lake_outages (run_id, from_at, to_at) VALUES (%(run_id)s, %(from_at)s, %(to_at)s)
ON CONFLICT (run_id, from_at) DO UPDATE SET to_at = excluded.to_at;

-- name: list_runs
SELECT id, program, version, host, address, started_at, seen_at, ended_at FROM lake_runs
WHERE %(since)s::timestamptz IS NULL OR coalesce(ended_at, seen_at) >= %(since)s
ORDER BY started_at, id;

-- name: list_outages
SELECT o.run_id, o.from_at, o.to_at FROM lake_outages o JOIN lake_runs r ON r.id = o.run_id
WHERE %(since)s::timestamptz IS NULL OR coalesce(r.ended_at, r.seen_at) >= %(since)s
ORDER BY o.from_at;

-- name: forget_runs
-- Before the oldest history of any space, archived or here, there is nothing for a run to explain.
-- One that goes on is seen again shortly, though the first change came after it was seen last.
DELETE FROM lake_runs WHERE coalesce(ended_at, seen_at + interval '1 hour') < (
    SELECT min(least(
        coalesce(p.floor_at, (
            SELECT c.recorded_at FROM lake_changes c WHERE c.space_id = p.space_id
            ORDER BY c.seq LIMIT 1
        )),
        (SELECT min(a.from_at) FROM lake_archives a WHERE a.space_id = p.space_id)
    )) FROM lake_spaces p
) OR id IN (SELECT r.id FROM lake_runs r ORDER BY r.started_at DESC, r.id OFFSET %(most)s);

-- name: space_extent
-- From where to where a space's history goes that is here: places in the log, and when they were.
SELECT p.floor_seq, coalesce(p.floor_at, (
        SELECT f.recorded_at FROM lake_changes f WHERE f.space_id = p.space_id
        ORDER BY f.seq LIMIT 1
    )),
    coalesce(c.seq, CASE WHEN p.is_spread THEN p.head_seq ELSE p.floor_seq END),
    coalesce(c.recorded_at, p.head_at)
FROM lake_spaces p
LEFT JOIN LATERAL (
    SELECT seq, recorded_at FROM lake_changes WHERE space_id = p.space_id AND NOT p.is_spread
    ORDER BY seq DESC LIMIT 1
) c ON true
WHERE p.space_id = %(space_id)s;
