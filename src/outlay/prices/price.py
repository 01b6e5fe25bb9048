"""A price: what one unit costs, for whom, when, and who says so."""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal

STANDARD = "standard"
MIDNIGHT = "24:00"


@dataclass(frozen=True, slots=True)
class Price:
    """The price of `per` units of `unit`, from the day `first` to before the day `until`, in UTC.

    `tier` is the class of service, `above` the input tokens from which on (not included) it holds for the whole call.
    `daily_from` and `daily_until` are hours of the day, empty for all day. An empty `first` means that nobody has told
    since when. `recorded_at` is the day on which we learnt it.
    """

    provider: str
    model: str
    unit: str
    per: int
    tier: str
    above: int
    first: str
    daily_from: str
    daily_until: str
    until: str
    price: Decimal
    recorded_at: str
    source: str
    kind: str = "list"
    currency: str = "USD"

    @property
    def id(self) -> str:
        """The name of this price in every cost that was computed with it."""
        said = (self.provider, self.model, self.unit, self.per, self.tier, self.above, self.first, self.daily_from)
        text = "|".join(map(str, (*said, self.daily_until, self.price, self.currency, self.kind, self.recorded_at)))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def each(self) -> Decimal:
        """The price of one unit."""
        return self.price / self.per

    def holds(self, at: datetime) -> bool:
        """Whether the price holds at a moment."""
        moment = at.astimezone(UTC)
        day = moment.date().isoformat()
        return self.first <= day and (not self.until or day < self.until) and self._in_hours(moment.time())

    def _in_hours(self, moment: time) -> bool:
        if not self.daily_from:
            return True
        clock = moment.isoformat("minutes")
        return self.daily_from <= clock < (self.daily_until or MIDNIGHT)

    def within(self, first: str, until: str) -> "Price | None":
        """The same price cut to an interval of days; None if nothing is left. An empty end is open."""
        start = max(self.first, first)
        ends = [end for end in (self.until, until) if end]
        end = min(ends, default="")
        return None if end and start >= end else replace(self, first=start, until=end)
