"""The ordered log and the journal protocol on top of it.

One port with an adapter each for Kafka, PostgreSQL and memory. What an event means is decided elsewhere.
"""
