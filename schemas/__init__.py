"""The contract that every process shares.

Avro schemas and their codec, topic names, ids, money, business time, and the typed records with their checks.
Nothing here does I/O: the codec is given its resolver.
"""
