-- What keeps the partitions of the log ahead of need.

-- name: buckets
SELECT lake_buckets();

-- name: make_leaves
SELECT lake_make_leaves(%(bucket)s, %(ahead)s, coalesce(%(today)s::timestamptz, now()));

-- name: servers_of_the_log
-- Other servers on which buckets lie; none where we could not speak to them.
SELECT DISTINCT s.srvname::text
FROM pg_inherits i
JOIN pg_foreign_table f ON f.ftrelid = i.inhrelid
JOIN pg_foreign_server s ON s.oid = f.ftserver
WHERE i.inhparent = 'lake_changes'::regclass AND to_regprocedure('dblink(text,text)') IS NOT NULL
ORDER BY 1;

-- name: make_leaves_elsewhere
SELECT made FROM dblink(%(server)s, 'SELECT lake_make_partitions()') AS told (made integer);

-- name: is_spread
SELECT EXISTS (SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'lake_changes'::regclass AND c.relkind = 'f');
