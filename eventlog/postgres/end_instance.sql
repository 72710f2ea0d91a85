-- Ends the sessions that hold the place of an instance in a group. Parameters: instances, instance: its lock.
-- A row per session ended; mostly none.
SELECT pg_terminate_backend(pg_locks.pid)
FROM pg_locks
INNER JOIN pg_database ON pg_locks.database = pg_database.oid
WHERE
    pg_locks.locktype = 'advisory'
    AND pg_locks.objsubid = 2
    AND pg_locks.granted
    AND pg_database.datname = current_database()
    AND pg_locks.classid = %(instances)s::integer::oid
    AND pg_locks.objid = %(instance)s::integer::oid
    AND pg_locks.pid <> pg_backend_pid()
ORDER BY pg_locks.pid
