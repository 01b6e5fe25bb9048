"""Numbers as people write them: ranges, units, expressions, and their values over months and draws."""
