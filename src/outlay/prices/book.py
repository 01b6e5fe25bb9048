"""The price book: every price we know, compiled from the generated table, our corrections and a workspace's own."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from importlib.resources import as_file, files
from pathlib import Path

from outlay.prices.corrections import Corrections, corrected, read_corrections
from outlay.prices.names import ModelName, Names
from outlay.prices.price import LIST, Price

GENERATED = "genai-prices"


@dataclass(frozen=True)
class Book:
    """Prices and names."""

    prices: Sequence[Price]
    names: Names

    @cached_property
    def by_model(self) -> dict[tuple[str, str], list[Price]]:
        """The prices of each model of each provider."""
        found: dict[tuple[str, str], list[Price]] = {}
        for price in self.prices:
            found.setdefault((price.provider, price.model), []).append(price)
        return found

    @cached_property
    def recorded_at(self) -> str:
        """The day on which the newest list price was learnt; contracts say nothing of the age of the book."""
        return max((price.recorded_at for price in self.prices if price.kind == LIST), default="")

    def age(self, today: date) -> int | None:
        """How many days old the list prices are; None if there are none."""
        return (today - date.fromisoformat(self.recorded_at)).days if self.recorded_at else None

    def of(self, provider: str, model: str) -> list[Price]:
        """Every price of a model, of all days and tiers."""
        return self.by_model.get((provider, model), [])

    def at(self, provider: str, model: str, at: datetime, tier: str, context: int) -> dict[str, Price]:
        """The price of each unit of a model at a moment, for a tier and a call with so many input tokens."""
        found: dict[str, Price] = {}
        for price in self.of(provider, model):
            if price.tier == tier and price.holds(at) and (price.above < context or price.above == 0):
                best = found.get(price.unit)
                if best is None or (price.above, price.recorded_at) > (best.above, best.recorded_at):
                    found[price.unit] = price
        return found


@cache
def list_prices() -> Book:
    """The book that comes with outlay."""
    with as_file(files("outlay.prices").joinpath("data")) as folder:
        said = read_corrections(folder / "corrections.yaml")
        prices = corrected(_generated(folder / "prices.csv"), said)
        return Book(prices, _names(folder, said))


def _generated(path: Path) -> list[Price]:
    """The newest row of each price in the generated table; a row is about all that stands before `until`."""
    newest: dict[tuple[str, ...], Price] = {}
    for row in _rows(path):
        *key, until, price, recorded = row
        provider, model, unit, per, tier, above, first, daily_from, daily_until = key
        newest[tuple(key)] = Price(
            provider, model, unit, int(per), tier, int(above), first, daily_from, daily_until, until,
            Decimal(price), recorded, GENERATED,
        )  # fmt: skip
    return list(newest.values())


def _names(folder: Path, said: Corrections) -> Names:
    generated = [ModelName(provider, pattern, model) for provider, pattern, model, _ in _rows(folder / "names.csv")]
    dated = [ModelName(n.provider, n.name, n.model, _day(n.first), _day(n.until)) for n in said.names]
    hosts: dict[str, tuple[str, ...]] = {}
    spelled: dict[str, str] = {}
    for spelling, provider, hosted in _rows(folder / "providers.csv"):
        spelled[spelling] = provider
        if hosted:
            hosts[provider] = tuple(hosted.split())
    return Names([*dated, *generated], spelled, hosts)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _rows(path: Path) -> list[list[str]]:
    """The rows of a CSV file of the book, without its header."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]
