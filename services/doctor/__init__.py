"""Is it right, and why: checks of the whole books, explanations of single entries, and instructions to partitions."""
