"""Periods of days: what a person types for a range, as a half-open interval."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from outlay.model.problem import InputError

WEEKDAYS = [name.lower() for name in calendar.day_name]
HINT = (
    "write all, 2026-07, 2026-Q2, 2026, 2026-10-13, yesterday, today, last-tuesday, last-30d, month-1, "
    "this-month or 2026-05-01..2026-06-30 (both days included)"
)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` up to but without `end`; None is open."""

    start: date | None
    end: date | None

    def __str__(self) -> str:
        if self.start is None or self.end is None:
            return "all"
        last = self.end - timedelta(days=1)
        return self.start.isoformat() if last == self.start else f"{self.start}..{last}"


ALL = Period(None, None)


def parse_period(text: str, today: date) -> Period:
    """The period that `text` names, seen from `today`. Raises `InputError` with every legal form."""
    word = text.strip().lower()
    if word in ("", "all"):
        return ALL
    try:
        if ".." in word:
            first, last = word.split("..", 1)
            return _ordered(_one(first, today).start, _one(last, today).end, text)
        return _one(word, today)
    except (ValueError, OverflowError) as error:
        raise InputError("E-RANGE-001", f"no such period: {text!r}", HINT) from error


def _ordered(start: date | None, end: date | None, text: str) -> Period:
    if start is not None and end is not None and start >= end:
        raise InputError("E-RANGE-002", f"the period {text!r} ends before it begins", "write the earlier day first")
    return Period(start, end)


def _one(word: str, today: date) -> Period:
    named = _named(word, today)
    if named is not None:
        return named
    if match := re.fullmatch(r"(\d{4})-q([1-4])", word):
        year, quarter = int(match[1]), int(match[2])
        return Period(date(year, 3 * quarter - 2, 1), _month_after(date(year, 3 * quarter, 1)))
    if match := re.fullmatch(r"(\d{4})-(\d{2})", word):
        first = date(int(match[1]), int(match[2]), 1)
        return Period(first, _month_after(first))
    if re.fullmatch(r"\d{4}", word):
        return Period(date(int(word), 1, 1), date(int(word) + 1, 1, 1))
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", word):
        raise ValueError(word)
    day = date.fromisoformat(word)
    return Period(day, day + timedelta(days=1))


def _named(word: str, today: date) -> Period | None:
    one = timedelta(days=1)
    if word in ("today", "yesterday"):
        day = today if word == "today" else today - one
        return Period(day, day + one)
    if match := re.fullmatch(r"last-([1-9]\d*)d", word):
        return Period(today - int(match[1]) * one, today)
    if word == "this-month":
        return Period(today.replace(day=1), _month_after(today))
    if match := re.fullmatch(r"month-(\d+)", word):
        return _months_back(today, int(match[1]))
    if word.startswith("last-") and word[5:] in WEEKDAYS:
        back = (today.weekday() - WEEKDAYS.index(word[5:]) - 1) % 7 + 1
        return Period(today - back * one, today - (back - 1) * one)
    return None


def _months_back(today: date, count: int) -> Period:
    months = today.year * 12 + today.month - 1 - count
    first = date(months // 12, months % 12 + 1, 1)
    return Period(first, _month_after(first))


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
