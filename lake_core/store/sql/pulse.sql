-- How upkeep stands: asked again and again, and so to be cheap.

-- name: upkeep_mark
-- What is otherwise as soon as a policy is set, upkeep has done something, an archive has come on,
-- or snapshots of a space have gone or come back; and for who shows a lake, as soon as anyone has
-- set or deleted bookmarks, created or deleted epochs, or said something of a snapshot.
SELECT
    (SELECT format('%%s %%s', count(*), max(updated_at)) FROM lake_policies),
    (SELECT format('%%s %%s %%s', count(*), count(failed_at), max(greatest(done_at, failed_at)))
        FROM lake_upkeep),
    (SELECT format('%%s %%s', count(*), max(greatest(begun_at, checked_at, released_at)))
        FROM lake_archives),
    (SELECT format('%%s %%s %%s', p.floor_seq, s.gone, s.latest)
        FROM lake_spaces p, LATERAL (
            SELECT count(*) AS gone, max(deleted_at) AS latest FROM lake_snapshots
            WHERE space_id = p.space_id AND deleted_at IS NOT NULL
        ) s
        WHERE p.space_name = %(space_name)s),
    (SELECT format('%%s %%s', count(*), sum(hashtextextended(b.id::text, 0)))
        FROM lake_bookmarks b JOIN lake_spaces p USING (space_id)
        WHERE p.space_name = %(space_name)s),
    (SELECT format('%%s %%s', count(*), sum(hashtextextended(id::text, 0))) FROM eustress_epochs),
    (SELECT format('%%s %%s', count(*), sum(hashtextextended(
            concat_ws(' ', s.id, s.pinned, s.rating, s.tags, s.note), 0
        )))
        FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
        WHERE p.space_name = %(space_name)s AND s.deleted_at IS NULL
            AND (s.pinned OR s.rating IS NOT NULL OR s.note <> '' OR s.tags <> '{}'));

-- name: last_snapshots
-- Of each space: its newest snapshot, and the newest that a schedule took, kept or not.
SELECT p.space_name,
    coalesce(c.seq, CASE WHEN p.is_spread THEN p.head_seq ELSE p.floor_seq END),
    coalesce(c.recorded_at, p.head_at),
    n.recorded_at, n.seq, t.recorded_at
FROM lake_spaces p
LEFT JOIN LATERAL (
    SELECT seq, recorded_at FROM lake_changes WHERE space_id = p.space_id AND NOT p.is_spread
    ORDER BY seq DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
    SELECT recorded_at, seq FROM lake_snapshots WHERE space_id = p.space_id AND deleted_at IS NULL
    ORDER BY recorded_at DESC LIMIT 1
) n ON true
LEFT JOIN LATERAL (
    SELECT recorded_at FROM lake_snapshots WHERE space_id = p.space_id AND trigger = 'schedule'
    ORDER BY recorded_at DESC LIMIT 1
) t ON true
ORDER BY p.space_name;

-- name: scheduled_since
SELECT p.space_name, l.updated_at
FROM lake_policies l LEFT JOIN lake_spaces p USING (space_id)
WHERE l.kind = 'schedule' AND (l.space_id = 0 OR p.space_id IS NOT NULL);

-- name: recoverable
-- What can still be brought back: by retention, and by hand.
SELECT p.space_name, count(*) FILTER (WHERE s.expired), min(s.deleted_at), max(s.deleted_at),
    count(*) FILTER (WHERE NOT s.expired)
FROM lake_snapshots s JOIN lake_spaces p USING (space_id)
WHERE s.deleted_at IS NOT NULL GROUP BY p.space_name ORDER BY p.space_name;

-- name: count_purgeable
-- As purge_snapshots takes them.
SELECT count(*) FROM lake_snapshots s
WHERE s.space_id = %(space_id)s AND s.deleted_at < %(before)s
    AND NOT EXISTS (SELECT FROM lake_epoch_snapshots h WHERE h.snapshot_id = s.id);

-- name: restore_expired_among
UPDATE lake_snapshots SET deleted_at = NULL, expired = false
WHERE space_id = %(space_id)s AND expired AND id = ANY(%(ids)s) RETURNING id;

-- name: whereabouts
SELECT count(*) FILTER (WHERE s.id IS NOT NULL AND s.deleted_at IS NULL),
    count(*) FILTER (WHERE s.id IS NULL AND a.snapshot_id IS NOT NULL),
    count(*) FILTER (WHERE s.id IS NULL AND a.snapshot_id IS NULL)
FROM unnest(%(ids)s::uuid[]) asked(id)
LEFT JOIN lake_snapshots s ON s.id = asked.id
LEFT JOIN lake_archived_snapshots a ON a.snapshot_id = asked.id;

-- name: count_snapshots_below
SELECT count(*) FROM lake_snapshots
WHERE space_id = %(space_id)s AND seq < %(upto)s AND deleted_at IS NULL;

-- name: dismiss_failure
UPDATE lake_upkeep SET failed_at = NULL, reason = ''
WHERE space_id = %(space_id)s AND deed = %(deed)s AND failed_at IS NOT NULL RETURNING space_id;
