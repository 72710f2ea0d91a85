"""What runs the core, and the only part of `processors` with I/O: reads inputs, writes the journal, keeps stores."""
