"""What one call costs: its token classes, each at the price of its day, or why that is not known."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from outlay.prices.book import Book
from outlay.prices.price import STANDARD, Price

# A class that a provider does not price apart costs as much as this one; a write for an hour has a price or none.
INSTEAD = {
    "cache_read": "input",
    "cache_write_5m": "input",
    "reasoning": "output",
    "audio_input": "input",
    "audio_output": "output",
    "image_input": "input",
    "image_output": "output",
}


def priced_as(unit: str, known: Container[str]) -> str | None:
    """The unit whose price a unit has: its own, or that of the class that stands for it; None if nobody knows."""
    name: str | None = unit
    while name and name not in known:
        name = INSTEAD.get(name)
    return name


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a model. `input` counts the whole input, cached and written tokens included, as OpenTelemetry does.

    A source that leaves them out of `input` is known by an input below their sum: then all of it is uncached.
    """

    provider: str
    model: str
    at: datetime
    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    output: int = 0
    tier: str = STANDARD
    context: int | None = None
    region: str = ""

    def __post_init__(self) -> None:
        """Keep the moment in UTC, whose day decides the price."""
        if self.at.tzinfo is None:
            raise ValueError("a time without a zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))

    @property
    def cached(self) -> int:
        """Tokens read from and written to caches."""
        return self.cache_read + self.cache_write_5m + self.cache_write_1h

    @property
    def input_excludes_cached(self) -> bool:
        """Whether `input` leaves out the cached tokens."""
        return self.input < self.cached

    @property
    def whole_input(self) -> int:
        """All input tokens, which decide the context tier unless `context` says otherwise."""
        return self.input + self.cached if self.input_excludes_cached else self.input

    def amounts(self) -> dict[str, int]:
        """Disjoint quantities by unit, without those that are 0."""
        found = {
            "input": self.whole_input - self.cached,
            "cache_read": self.cache_read,
            "cache_write_5m": self.cache_write_5m,
            "cache_write_1h": self.cache_write_1h,
            "output": self.output,
        }
        return {unit: amount for unit, amount in found.items() if amount}


@dataclass(frozen=True, slots=True)
class Line:
    """A token class of a call: quantity x price / per."""

    unit: str
    quantity: int
    price: Price

    @property
    def cost(self) -> Decimal:
        """The exact cost of the line."""
        return self.quantity * self.price.price / self.price.per


@dataclass(frozen=True, slots=True)
class Quote:
    """What a call costs. `cost` is None when it is not known, and `reason` says why.

    `provider` is who bills the call; the prices of its lines may be those of the maker of the model.
    """

    call: Call
    provider: str | None
    model: str | None
    cost: Decimal | None
    lines: tuple[Line, ...] = ()
    reason: str = ""
    suggestions: tuple[str, ...] = ()


def quote(book: Book, call: Call) -> Quote:
    """Price a call at the prices of its moment."""
    provider = book.names.provider(call.provider)
    if provider is None:
        near = tuple(book.names.near_providers(call.provider))
        return Quote(call, None, None, None, reason=f"unknown provider {call.provider!r}", suggestions=near)
    found = book.names.model(provider, call.model, call.at.date().isoformat())
    if found is None:
        near = tuple(book.names.near(provider, call.model))
        return Quote(call, provider, None, None, reason=f"unknown model {call.model!r} of {provider}", suggestions=near)
    seller, model = found
    context = call.whole_input if call.context is None else call.context
    prices = book.at(seller, model, call.at, call.tier, context, call.region.lower())
    if not prices:
        return Quote(call, provider, model, None, reason=_unpriced(book, seller, model, call))
    lines = []
    for unit, amount in call.amounts().items():
        priced = priced_as(unit, prices)
        if priced is None:
            return Quote(call, provider, model, None, reason=f"no price of {unit} for {model} ({call.tier}) is known")
        lines.append(Line(unit, amount, prices[priced]))
    if fee := prices.get("request"):
        lines.append(Line("request", 1, fee))
    return Quote(call, provider, model, sum((line.cost for line in lines), Decimal(0)), tuple(lines))


def _unpriced(book: Book, provider: str, model: str, call: Call) -> str:
    """Why no price of a known model holds at the moment of a call."""
    day, prices = call.at.date().isoformat(), book.of(provider, model)
    of_tier = [p for p in prices if p.tier == call.tier]
    if not of_tier:
        tiers = ", ".join(sorted({p.tier for p in prices}))
        return f"no {call.tier} price of {model} is known; known tiers: {tiers}"
    first = min(p.first for p in of_tier)
    if day < first:
        return f"{model} has no {call.tier} price before {first}"
    return f"no {call.tier} price of {model} holds at {call.at.isoformat()}"
