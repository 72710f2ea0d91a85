"""The log in PostgreSQL, so that one machine needs no broker."""
