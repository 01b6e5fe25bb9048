"""The report of a plan: one page that needs nothing else, for screens and for paper."""
