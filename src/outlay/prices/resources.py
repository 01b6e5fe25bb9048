"""Reference prices of what is no model: GPU hours, storage, egress, vector stores, observability, platforms, labour.

A price has steps: a quantity is charged part by part, each part at the price of its step. S3 at 10^6 GB-months is
50,000 x 0.023 + 450,000 x 0.022 + 500,000 x 0.021 = 21,550 USD; all of it at the first step would be 23,000.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from outlay.prices.price import LIST

ON_DEMAND = "on-demand"


@dataclass(frozen=True, slots=True)
class Step:
    """The price of a unit for the part of a quantity above `above`."""

    above: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class ResourcePrice:
    """What one unit of something costs, from the day `first` to before the day `until`.

    It has steps, or a range from `low` to `high` where nobody sells it at one price. `as_of` is the day on which the
    source said so, `seen` the day on which we read the source. An empty `region` means everywhere.
    """

    provider: str
    family: str
    item: str
    unit: str
    steps: tuple[Step, ...]
    as_of: str
    recorded_at: str
    source: str
    low: Decimal | None = None
    high: Decimal | None = None
    region: str = ""
    term: str = ON_DEMAND
    offer: str = ""
    first: str = ""
    until: str = ""
    seen: str = ""
    kind: str = LIST
    currency: str = "USD"
    note: str = ""

    @property
    def price(self) -> Decimal | None:
        """The price of the first unit; None where there is a range."""
        return self.steps[0].price if self.steps else None

    def holds(self, day: str) -> bool:
        """Whether the price holds on a day."""
        return self.first <= day and (not self.until or day < self.until)

    @property
    def key(self) -> tuple[str, ...]:
        """What the price is for, whenever it holds."""
        return self.provider, self.family, self.item, self.unit, self.region, self.term, self.offer


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a quantity that one step prices."""

    step: Step
    quantity: Decimal

    @property
    def cost(self) -> Decimal:
        """The exact cost of the part."""
        return self.quantity * self.step.price


def parts(price: ResourcePrice, quantity: Decimal) -> tuple[Part, ...]:
    """A quantity split over the steps of a price."""
    bounds: list[Decimal] = [*(step.above for step in price.steps[1:]), max(quantity, price.steps[-1].above)]
    reached = ((step, min(quantity, end) - step.above) for step, end in zip(price.steps, bounds, strict=True))
    return tuple(Part(step, amount) for step, amount in reached if amount > 0)


def cost(price: ResourcePrice, quantity: Decimal) -> Decimal:
    """What a quantity costs, each part at the price of its step."""
    return sum((part.cost for part in parts(price, quantity)), Decimal(0))


def flat_cost(price: ResourcePrice, quantity: Decimal) -> Decimal:
    """What a quantity would cost if all of it cost as much as the first unit."""
    return quantity * price.steps[0].price


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; what is empty may be anything, but for the terms, which are those of buying on demand."""

    family: str
    item: str = ""
    provider: str = ""
    unit: str = ""
    region: str = ""
    term: str = ON_DEMAND
    offer: str = ""


@dataclass(frozen=True, slots=True)
class ResourceQuote:
    """What a quantity costs. `cost` is None when it is not known, and `reason` says why.

    A range has no cost but a lowest and a highest one.
    """

    wanted: Wanted
    quantity: Decimal
    day: date
    price: ResourcePrice | None = None
    cost: Decimal | None = None
    flat_cost: Decimal | None = None
    low_cost: Decimal | None = None
    high_cost: Decimal | None = None
    parts: tuple[Part, ...] = ()
    reason: str = ""
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resources:
    """Every price of resources that we know."""

    prices: Sequence[ResourcePrice]

    @property
    def recorded_at(self) -> str:
        """The day on which the newest list price was written down."""
        return max((p.recorded_at for p in self.prices if p.kind == LIST), default="")

    def age(self, today: date) -> int | None:
        """How many days old the list prices are; None if there are none."""
        return (today - date.fromisoformat(self.recorded_at)).days if self.recorded_at else None

    def of(self, wanted: Wanted) -> list[ResourcePrice]:
        """The prices of what is wanted, of all days. Those of the region that is asked for, else those of no region."""
        found = [p for p in self.prices if _is(p, wanted)]
        if not wanted.region:
            return found
        there = [p for p in found if p.region == wanted.region]
        return [*there, *(p for p in found if not p.region and (p.kind != LIST or not there))]

    def find(self, wanted: Wanted, day: date) -> list[ResourcePrice]:
        """The prices of what is wanted on a day, one for each thing; those of a workspace instead of list prices."""
        newest: dict[tuple[str, ...], ResourcePrice] = {}
        for price in sorted(self.of(wanted), key=lambda p: (p.first, p.recorded_at, p.as_of)):
            if price.holds(day.isoformat()):
                newest[price.kind, *price.key] = price
        own = [p for p in newest.values() if p.kind != LIST]
        listed = (p for p in newest.values() if p.kind == LIST)
        return [*own, *(p for p in listed if not any(_replaces(mine, p) for mine in own))]

    def quote(self, wanted: Wanted, quantity: Decimal, day: date) -> ResourceQuote:
        """What a quantity costs on a day."""
        found = self.find(wanted, day)
        units = list(dict.fromkeys(p.unit for p in found))
        found = [p for p in found if p.unit == units[0]]
        if not found:
            reason, near = _missing(self, wanted, day), _near(self, wanted)
            return ResourceQuote(wanted, quantity, day, reason=reason, suggestions=near)
        if len({(p.steps, p.low, p.high) for p in found}) > 1:
            return ResourceQuote(wanted, quantity, day, reason=_several(found))
        return _priced(wanted, quantity, day, found[0])


def _priced(wanted: Wanted, quantity: Decimal, day: date, price: ResourcePrice) -> ResourceQuote:
    if price.low is not None and price.high is not None:
        reason = f"no one price: between {price.low} and {price.high} {price.currency} per {price.unit}"
        low, high = quantity * price.low, quantity * price.high
        return ResourceQuote(wanted, quantity, day, price, low_cost=low, high_cost=high, reason=reason)
    whole, flat = cost(price, quantity), flat_cost(price, quantity)
    return ResourceQuote(wanted, quantity, day, price, whole, flat, whole, whole, parts(price, quantity))


def _is(price: ResourcePrice, wanted: Wanted) -> bool:
    """Whether a price is one of what is wanted, whatever its region. `GB` stands for `GB-month` where that is sold."""
    unit = not wanted.unit or price.unit == wanted.unit or price.unit.startswith(f"{wanted.unit}-")
    pairs = (
        *(
            (wanted.family, price.family),
            (wanted.item, price.item),
            (price.provider and wanted.provider, price.provider),
        ),
        *((wanted.term, price.term), (wanted.offer, price.offer)),
    )
    return unit and all(not asked or asked.lower() == said.lower() for asked, said in pairs)


def _replaces(own: ResourcePrice, listed: ResourcePrice) -> bool:
    """Whether a price of a workspace stands for a list price; one without provider, region or offer is for all."""
    same = own.key[1:4] == listed.key[1:4] and own.term == listed.term and own.provider in ("", listed.provider)
    return same and own.region in ("", listed.region) and own.offer in ("", listed.offer)


def _several(found: Sequence[ResourcePrice]) -> str:
    """Why a quote needs more words: the prices differ, and in what."""
    names = ("provider", "region", "offer", "term")
    told = {name: sorted({getattr(p, name) or "none" for p in found}) for name in names}
    return "several prices; say " + ", ".join(f"{n} ({', '.join(v)})" for n, v in told.items() if len(v) > 1)


def _missing(book: Resources, wanted: Wanted, day: date) -> str:
    """Why nothing was found."""
    anything = [p for p in book.prices if _is(p, Wanted(wanted.family, wanted.item, wanted.provider, term=""))]
    if not anything:
        return f"no price of {wanted.item!r} ({wanted.family}) of {wanted.provider or 'anybody'} is known"
    if not book.of(wanted):
        names = ("unit", "region", "term", "offer")
        told = {name: sorted({getattr(p, name) for p in anything} - {""}) for name in names}
        known = "; ".join(f"{name}: {', '.join(values)}" for name, values in told.items() if values)
        return f"{wanted.item} of {wanted.provider or 'anybody'} is priced otherwise; known: {known}"
    return f"no price of {wanted.item} holds on {day}"


def _near(book: Resources, wanted: Wanted) -> tuple[str, ...]:
    """Up to three items of the family that look alike, where nobody sells what is asked for."""
    items, said = sorted({p.item for p in book.prices if p.family == wanted.family}), wanted.item.lower()
    if said in items:
        return ()
    begin = [name for name in items if said and name.startswith(said)]
    return tuple(dict.fromkeys([*begin, *get_close_matches(said, items, n=3)]))[:3]
