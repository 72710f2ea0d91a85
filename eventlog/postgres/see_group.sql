-- Who is in a group, and who owns what? Parameter: members: the first key of the group's locks.
-- A row per lock: the session, and the number: a partition's, or that of the lock that all members share.
SELECT pg_locks.pid, pg_locks.objid::bigint AS number
FROM pg_locks
INNER JOIN pg_database ON pg_locks.database = pg_database.oid
WHERE
    pg_locks.locktype = 'advisory'
    AND pg_locks.objsubid = 2
    AND pg_locks.granted
    AND pg_database.datname = current_database()
    AND pg_locks.classid = %(members)s::integer::oid
ORDER BY pg_locks.pid, pg_locks.objid
