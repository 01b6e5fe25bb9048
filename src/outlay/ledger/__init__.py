"""The ledger: what was told, kept as Delta tables behind one journal."""
