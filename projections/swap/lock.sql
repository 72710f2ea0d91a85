-- Waits for the batch that is being written, and lets none begin before the swap is committed; a batch that waits finds
-- the new tables under the old name. No row.
LOCK TABLE journal_position IN ACCESS EXCLUSIVE MODE;
