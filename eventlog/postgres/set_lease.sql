-- Lets the server end this session, and so give back its locks, when it asks nothing for so long: its process may have
-- been stopped, or hang, and then nothing else would tell. Parameter: lease_ms. One row, of no interest.
SELECT set_config('idle_session_timeout', %(lease_ms)s::integer::text, FALSE)
