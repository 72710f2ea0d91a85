"""The journal as read models in PostgreSQL: migrations, the projector and the queries.

All of it may be dropped and built again from the journal, so no business decision is made here.
"""
