-- How many rows the read model's tables hold, and how long a bare COPY of them took, microseconds. One row.
SELECT row_count, copy_us FROM pg_temp.copy_bare(%(folder)s);
