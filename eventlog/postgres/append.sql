-- Appends records to one partition.
-- Parameters: topic, partition; keys, values and headers, equally long arrays of bytea.
-- One row: the offset of the first record, or NULL when there is no such partition.
SELECT append(%(topic)s::text, %(partition)s::integer, %(keys)b::bytea [], %(values)b::bytea [], %(headers)b::bytea [])
