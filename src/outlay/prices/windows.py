"""When a price holds: days, days of the week and hours, all in UTC, and what is left of one time beside another."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

ALL_DAYS = "1234567"
MIDNIGHT = "24:00"


class Window(NamedTuple):
    """From the day `first` to before the day `until`, on `weekdays` (1 is Monday), between two times of a day.

    What is empty is open: always, for ever, every day, all day.
    """

    first: str = ""
    until: str = ""
    weekdays: str = ""
    daily_from: str = ""
    daily_until: str = ""

    @property
    def days(self) -> str:
        """The days of the week, all of them where none is named."""
        return self.weekdays or ALL_DAYS

    @property
    def start(self) -> str:
        """The time of day at which it begins."""
        return self.daily_from or "00:00"

    @property
    def end(self) -> str:
        """The time of day at which it ends."""
        return self.daily_until or MIDNIGHT

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies inside."""
        moment = at.astimezone(UTC)
        day, clock = moment.date().isoformat(), moment.time().isoformat("minutes")
        inside = self.first <= day and (not self.until or day < self.until)
        return inside and str(moment.isoweekday()) in self.days and self.start <= clock < self.end

    def within(self, first: str, until: str) -> "Window | None":
        """The same cut to an interval of days; None if nothing is left."""
        start, end = max(self.first, first), min((d for d in (self.until, until) if d), default="")
        return None if end and start >= end else self._replace(first=start, until=end)

    def meets(self, other: "Window") -> bool:
        """Whether both hold at some moment."""
        hours = self.start < other.end and other.start < self.end
        return hours and bool(set(self.days) & set(other.days)) and self.within(other.first, other.until) is not None

    def without(self, other: "Window") -> Iterator["Window"]:
        """What is left of this one where the other does not hold, in parts that do not overlap."""
        beside = self.within(other.first, other.until) if self.meets(other) else None
        if beside is None:
            yield self
            return
        ends = (self.within("", other.first) if other.first else None, other.until and self.within(other.until, ""))
        yield from (part for part in ends if part)
        if rest := "".join(d for d in self.days if d not in other.days):
            yield beside._replace(weekdays=rest)
        both = "".join(d for d in self.days if d in other.days)
        shared = beside._replace(weekdays="" if both == ALL_DAYS else both)
        if self.start < other.start:
            yield shared._replace(daily_from=self.start, daily_until=other.start)
        if other.end < self.end:
            yield shared._replace(daily_from=other.end, daily_until=self.end)
