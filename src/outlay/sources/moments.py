"""SQL over texts of times that count the seconds since 1970."""

# The end of the year 9999: a larger count of seconds is none.
LAST_SECOND = 253_402_300_799


def moment(value: str) -> str:
    """A time as it is written, or one that is counted in seconds since 1970."""
    counted = f"TRY_CAST({value} AS DOUBLE)"
    return f"coalesce(CAST({since_1970(counted)} AS VARCHAR), {value})"


def since_1970(seconds: str) -> str:
    """The moment so many seconds after 1970 began, unknown where they are no number of this age."""
    return f"CASE WHEN {seconds} BETWEEN 0 AND {LAST_SECOND} THEN to_timestamp({seconds}) END"
