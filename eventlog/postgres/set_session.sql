-- Sets the session up for a schema. Parameter: schema. One row, of no interest.
-- jit: a fetch is estimated high and takes a millisecond; compiling it would take fifty.
-- work_mem: one fetch is sorted in memory.
-- idle_in_transaction_session_timeout: a writer that is stopped in the middle must not keep a partition locked.
-- tcp_keepalives: a member whose machine vanished must not keep its partitions for the usual two hours.
SELECT
    set_config('search_path', quote_ident(%(schema)s::text), FALSE),
    set_config('jit', 'off', FALSE),
    set_config('work_mem', '64MB', FALSE),
    set_config('idle_in_transaction_session_timeout', '10s', FALSE),
    set_config('tcp_keepalives_idle', '10', FALSE),
    set_config('tcp_keepalives_interval', '5', FALSE),
    set_config('tcp_keepalives_count', '3', FALSE)
