"""The processes: one module each runs one of them until it is told to stop."""
