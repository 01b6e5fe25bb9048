"""Questions to the ledger, each an SQL file and a thin function."""
