-- Lets one session at a time set a schema up, until its transaction ends. Parameter: key, a number from its name.
SELECT pg_advisory_xact_lock(%(key)s::bigint)
