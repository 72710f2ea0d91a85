-- Gives all locks of this session back at once; closing it would do so a little later. No parameters; one row.
SELECT pg_advisory_unlock_all()
