"""The entity code: issued once, used once."""
