"""Double entry as pure functions: postings by the worked rows of the ledger, lots, and what must always hold."""
