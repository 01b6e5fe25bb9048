"""outlay: the full cost of AI in one ledger."""

__version__ = "0.1.0"
