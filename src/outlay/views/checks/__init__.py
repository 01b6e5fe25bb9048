"""The checks of a ledger: one SQL file each, which selects the rows that break a rule.

Every file yields `code, file_id, row_id, n, column_name, value, expected, money, currency`: the rule that is
broken, the first row and how many rows there are, the column at fault, what it holds and what it should hold.
`vocabulary`, `totals` and `invoices` are tables that several checks, or a check in Python, look at.
"""
