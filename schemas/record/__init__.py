"""The typed records that come in or go between entities, one module per thing, with the checks of each."""
