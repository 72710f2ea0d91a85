"""The ordered log and the journal protocol on top of it.

One port, shaped for Kafka, with adapters for PostgreSQL and memory. What an event means is decided elsewhere.
"""
