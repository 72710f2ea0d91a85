"""Segments that compare members with each other, computed from the read models at one journal position."""
