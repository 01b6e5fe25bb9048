"""Events of traffic become priced events, rollups by hour and day, and metered charges."""
