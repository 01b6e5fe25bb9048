"""The plan: what AI will cost, from one file."""
