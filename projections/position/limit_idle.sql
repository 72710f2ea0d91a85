-- Lets the server end this session when its client says nothing for so long inside a transaction: a projector that was
-- stopped there would hold every position's lock, and neither a second one nor a rebuild could go on. One row.
SELECT set_config('idle_in_transaction_session_timeout', %(limit_ms)s, false) AS limit_ms;
