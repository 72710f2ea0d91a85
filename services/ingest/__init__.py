"""Real files into the input topics: readers of foreign formats, and the one feeder that writes to the log."""
