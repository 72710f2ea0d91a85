-- Holds all positions to the end of the transaction: batches of two projectors come one after the other, so that neither
-- misses a receipt the other is just writing, and no rebuild swaps schemas under a batch. One row a partition.
SELECT journal_partition
FROM journal_position
ORDER BY journal_partition
FOR UPDATE;
