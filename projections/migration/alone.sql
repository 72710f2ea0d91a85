-- Waits until no other process migrates this database; held to the end of the transaction. One row.
SELECT pg_advisory_xact_lock(hashtext('kopilka.projections.migrate'));
