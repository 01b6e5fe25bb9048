"""A price: what one unit costs, for whom, when, and who says so."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from outlay.prices.windows import Window

LIST = "list"
STANDARD = "standard"
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """The price of `per` units of `unit`, from the day `first` to before the day `until`, in UTC.

    `tier` is the class of service, `region` where a model runs (empty: everywhere), `above` the input tokens from which
    on (not included) it holds for the whole call. `daily_from` and `daily_until` are hours of the day, empty for all
    day; `weekdays` are digits from 1 for Monday, empty for every day. An empty `first` means that nobody has told since
    when. `recorded_at` is the day on which we learnt it. `since` is the first day of a price of which a contract cut
    something off, so that `first` may be the day after the contract.
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
    kind: str = LIST
    currency: str = "USD"
    weekdays: str = ""
    region: str = ""
    since: str | None = field(default=None, compare=False)

    @property
    def what(self) -> tuple[str, str, str, str, int, str]:
        """What the price is for, whenever it holds and whoever says so."""
        return self.provider, self.model, self.unit, self.tier, self.above, self.region

    @property
    def id(self) -> str:
        """The name of this price in every cost that was computed with it."""
        said: tuple[object, ...] = (self.provider, self.model, self.unit, self.per, self.tier, self.above, self.first)
        said = (*said, self.daily_from, self.daily_until, self.price, self.currency, self.kind, self.recorded_at)
        # A price of every day and everywhere keeps the id that it had before these were known.
        text = "|".join(map(str, (*said, *filter(None, (self.weekdays, self.region)))))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def each(self) -> Decimal:
        """The price of one unit."""
        return self.price / self.per

    @property
    def per_million(self) -> Decimal:
        """The price of a million units."""
        return self.price if self.per == MILLION else self.price * MILLION / self.per

    @property
    def told_since(self) -> str:
        """The first day on which the price held, before and after any contract; empty if nobody told."""
        return self.first if self.since is None else self.since

    @property
    def window(self) -> Window:
        """When the price holds."""
        return Window(self.first, self.until, self.weekdays, self.daily_from, self.daily_until)

    def holds(self, at: datetime) -> bool:
        """Whether the price holds at a moment."""
        return self.window.holds(at)

    def during(self, window: Window) -> "Price":
        """The same price at another time."""
        return replace(self, **window._asdict())

    def within(self, first: str, until: str) -> "Price | None":
        """The same price cut to an interval of days; None if nothing is left. An empty end is open."""
        window = self.window.within(first, until)
        return None if window is None else self.during(window)
