"""The book at a glance: providers, and the prices of a provider's models on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from outlay.prices.book import Book
from outlay.prices.registry import TOKENS


@dataclass(frozen=True, slots=True)
class Provider:
    """How much the book knows of a provider."""

    provider: str
    models: int
    prices: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The prices of a model per million tokens, for the shortest context, and since when they hold."""

    model: str
    prices: Mapping[str, Decimal]
    first: str
    recorded_at: str


def providers(book: Book) -> list[Provider]:
    """Every provider, by name."""
    found: dict[str, list[tuple[str, str]]] = {}
    for price in book.prices:
        found.setdefault(price.provider, []).append((price.model, price.recorded_at))
    return [
        Provider(name, len({model for model, _ in rows}), len(rows), max(day for _, day in rows))
        for name, rows in sorted(found.items())
    ]


def summaries(book: Book, provider: str, at: datetime, tier: str) -> list[Summary]:
    """The token prices of every model that has any at a moment, by name."""
    found = []
    for model in sorted({p.model for p in book.prices if p.provider == provider}):
        prices = {u: p for u, p in book.at(provider, model, at, tier, 0).items() if u in TOKENS}
        if prices:
            first, recorded = (max(getattr(p, day) for p in prices.values()) for day in ("first", "recorded_at"))
            found.append(Summary(model, {u: p.per_million for u, p in prices.items()}, first, recorded))
    return found
