-- Everything segment_membership holds, as text in the order of its key: the same rows, the same bytes. One line a row.
COPY (
    SELECT
        tenant, segment_set, member_id, segment, computed_at, position
    FROM segment_membership
    ORDER BY tenant, segment_set, member_id
) TO STDOUT;
