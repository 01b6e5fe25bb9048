"""Bill sources, one file per format."""
