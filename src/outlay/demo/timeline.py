"""The six months of the demo company: its hours, days and months, and how FOCUS writes them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

START = datetime(2026, 5, 1, tzinfo=UTC)
END = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = (END - START).days
HOURS = DAYS * 24
DAYS_PER_MONTH = 30.5


@dataclass(frozen=True, slots=True)
class Month:
    """A billing period of the company; `number` counts from 1."""

    number: int
    first: date
    following: date

    @property
    def name(self) -> str:
        """The month as `2026-05`."""
        return self.first.strftime("%Y-%m")

    @property
    def days(self) -> int:
        """How many days the month has."""
        return (self.following - self.first).days


@cache
def months() -> tuple[Month, ...]:
    """The six billing periods, oldest first."""
    firsts = [date(START.year, m, 1) for m in range(START.month, END.month + 1)]
    return tuple(Month(i + 1, a, b) for i, (a, b) in enumerate(pairwise(firsts)))


@cache
def month_of(day: int) -> Month:
    """The billing period of the day with this index."""
    return months()[(START + timedelta(days=day)).month - START.month]


def month_named(name: str) -> Month:
    """The billing period called `name`."""
    return next(m for m in months() if m.name == name)


@cache
def day_name(day: int) -> str:
    """The day with this index as `2026-05-01`."""
    return (START + timedelta(days=day)).strftime("%Y-%m-%d")


@cache
def stamp(hour: int) -> str:
    """The hour with this index as FOCUS writes a time."""
    return (START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_stamp(day: date) -> str:
    """Midnight of `day` as FOCUS writes a time."""
    return day.strftime("%Y-%m-%dT00:00:00Z")


def hour_index(text: str) -> int:
    """The index of an hour written `2026-05-01` or `2026-05-01T08`."""
    moment = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return int((moment - START) / timedelta(hours=1))


def day_index(text: str) -> int:
    """The index of a day written `2026-05-01`."""
    return hour_index(text) // 24


def weekdays() -> NDArray[np.int64]:
    """The weekday of every day, Monday is 0."""
    return (np.arange(DAYS) + START.weekday()) % 7


def growth(monthly: float) -> NDArray[np.float64]:
    """The level of every day of something that grows by the share `monthly` per month, 1 at the start."""
    return np.asarray((1 + monthly) ** (np.arange(DAYS) / DAYS_PER_MONTH), dtype=np.float64)
