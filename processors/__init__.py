"""The rules and the ledger as pure functions, and in `worker` what runs them.

A decision is handed everything it depends on, time included. Only `worker` does I/O, and nothing here
speaks SQL or HTTP.
"""
