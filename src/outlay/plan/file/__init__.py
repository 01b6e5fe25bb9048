"""A plan file: what may stand in it, and how it is read and checked."""
