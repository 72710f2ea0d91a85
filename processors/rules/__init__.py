"""The rule book: campaign files, their checks, and what is compiled from them. Pure: nothing here does I/O."""
