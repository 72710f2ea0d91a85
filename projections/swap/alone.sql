-- Whether this session may rebuild: no other one does. One row. Held until the session ends.
SELECT pg_try_advisory_lock(hashtext('kopilka.projections.rebuild')) AS is_alone;
