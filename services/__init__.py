"""The processes: API, ingest, dashboard, live analytics, command line, embedded parts and the vault.

They put the other packages to work and meet the world outside. The rules live in `processors`.
"""
