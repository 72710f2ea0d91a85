-- Makes this session a member of a group, unless another session has its instance's place.
-- Parameters: instances, instance: the lock of that place; members, member: the lock that all members share.
-- One row: whether it is a member now.
SELECT
    CASE
        WHEN pg_try_advisory_lock(%(instances)s::integer, %(instance)s::integer)
            THEN pg_try_advisory_lock_shared(%(members)s::integer, %(member)s::integer)
        ELSE FALSE
    END
