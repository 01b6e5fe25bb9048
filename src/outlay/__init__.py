"""outlay: the full cost of AI, planned and actual, in one ledger."""

__version__ = "0.1.0"
