"""Rates: the price book laid out for a join. A row holds all unit prices of a model for one cell of the book.

A cell is an interval of days, hours and weekdays, one tier and one band of context. For the names that calls were seen
with, the cells cover their whole time without overlap, so that each call meets exactly one row: its prices, or the
reason why it has none.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise

from outlay.model.event import STANDARD, USUAL_TIERS
from outlay.prices.book import Book
from outlay.prices.price import Price
from outlay.prices.quote import priced_as

# The leaf quantities of an event and the unit that prices each.
UNITS = {
    "uncached": "input",
    "cache_read": "cache_read",
    "cache_write_5m": "cache_write_5m",
    "cache_write_1h": "cache_write_1h",
    "output": "output",
    "reasoning": "reasoning",
    "audio_input": "audio_input",
    "audio_output": "audio_output",
    "image_input": "image_input",
    "image_output": "image_output",
    "web_searches": "web_search",
    "requests": "request",
}
DAY = timedelta(days=1)
# Bit n stands for the day n of the week, from 1 for Monday.
EVERY_DAY = 0b11111110


@dataclass(frozen=True, slots=True)
class Seen:
    """The names with which calls were made, and the first and last moment of such a call.

    `region` is empty where no price depends on it.
    """

    provider: str
    model: str
    tier: str
    first: datetime
    last: datetime
    region: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """One cell: for whom it holds, and its prices by unit; without prices, the reason."""

    seen: Seen
    start: datetime
    end: datetime
    second: int = 0
    until_second: int = 86_400
    above: int = -1
    upto: int | None = None
    weekdays: int = EVERY_DAY
    provider: str | None = None
    model: str | None = None
    prices: Mapping[str, Price] = field(default_factory=dict)
    reason: str | None = None

    @property
    def id(self) -> str | None:
        """The name of this set of prices in every event that was priced with it."""
        if not self.prices:
            return None
        said = "|".join(f"{unit}={price.id}" for unit, price in sorted(self.prices.items()))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def each(self, leaf: str) -> Decimal | None:
        """The price of one unit of a leaf quantity; None if nobody knows it."""
        unit = priced_as(UNITS[leaf], self.prices)
        return self.prices[unit].each if unit else None


def rates(book: Book, seen: Iterable[Seen]) -> list[Rate]:
    """The cells of all names, for the time in which each was seen."""
    return [rate for said in seen for rate in _of_name(book, said)]


def _of_name(book: Book, seen: Seen) -> Iterator[Rate]:
    provider = book.names.provider(seen.provider) if seen.provider else None
    start, end = _days(seen)
    if provider is None:
        yield Rate(seen, start, end, reason=f"unknown provider {seen.provider!r}" if seen.provider else "no provider")
        return
    for first, until in _cuts(start, end, book.names.turns(provider)):
        found = book.names.model(provider, seen.model, first.date().isoformat()) if seen.model else None
        if found is None:
            reason = f"unknown model {seen.model!r}" if seen.model else "no model"
            yield Rate(seen, first, until, provider=provider, reason=reason)
        else:
            yield from _of_model(book, seen, provider, found, first, until)


def _of_model(
    book: Book, seen: Seen, provider: str, model: tuple[str, str], start: datetime, end: datetime
) -> Iterator[Rate]:
    """The cells of a model whose name is known, between two days. A host may go by the prices of the maker."""
    tier = seen.tier.lower()
    tier = STANDARD if tier in USUAL_TIERS else tier
    prices = [p for p in book.of(*model) if p.tier == tier and p.region in ("", seen.region)]
    turns = [day for p in prices for day in (p.first, p.until)]
    hours = sorted({0, *(_second(h) for p in prices for h in (p.daily_from, p.daily_until) if h)} - {86_400})
    bands = sorted({0, *(p.above for p in prices)})
    weekly = any(p.weekdays for p in prices)
    for first, until in _cuts(start, end, turns):
        for second, last in zip(hours, [*hours[1:], 86_400], strict=True):
            for above, upto in zip(bands, [*bands[1:], None], strict=True):

                def at(day: datetime, second: int = second, above: int = above) -> dict[str, Price]:
                    return book.at(
                        *model, day + timedelta(seconds=second), tier, above + 1 if above else 0, seen.region
                    )

                for weekdays, found in _by_weekday(at, first, until) if weekly else [(EVERY_DAY, at(first))]:
                    reason = None if found else f"no {tier} price of {model[1]} on that day"
                    band = (above or -1, upto)
                    when = (first, until, second, last, *band, weekdays)
                    yield Rate(seen, *when, provider, model[1], found, reason)


def _by_weekday(
    at: Callable[[datetime], dict[str, Price]], first: datetime, until: datetime
) -> list[tuple[int, dict[str, Price]]]:
    """The prices of each day of the week between two days; days with the same prices are one row, as bits."""
    found: dict[tuple[str, ...], tuple[int, dict[str, Price]]] = {}
    for day in (first + n * DAY for n in range(min(7, (until - first).days))):
        prices = at(day)
        key = tuple(sorted(p.id for p in prices.values()))
        bits = found.get(key, (0, prices))[0] | 1 << day.isoweekday()
        found[key] = (bits, prices)
    return list(found.values())


def _days(seen: Seen) -> tuple[datetime, datetime]:
    """The whole days in which a name was seen."""
    first, last = (_midnight(moment.astimezone(UTC).date()) for moment in (seen.first, seen.last))
    return first, last + DAY


def _cuts(start: datetime, end: datetime, turns: Iterable[str]) -> list[tuple[datetime, datetime]]:
    """The time between two moments, cut at the days on which something changes."""
    inside = {m for day in turns if day and start < (m := _midnight(date.fromisoformat(day))) < end}
    edges = [start, *sorted(inside), end]
    return list(pairwise(edges))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _second(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60
