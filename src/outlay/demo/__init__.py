"""A reproducible company."""
