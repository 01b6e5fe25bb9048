"""Where charges come from."""
