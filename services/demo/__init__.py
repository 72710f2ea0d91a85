"""A seeded run of the whole engine on embedded parts, for a first look."""
