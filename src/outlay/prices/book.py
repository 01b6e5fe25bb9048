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
from outlay.prices.tables import NAME_COLUMNS, PRICE_COLUMNS, PRICE_KEY, Row, merged, newest, read_table

GENERATED = "genai-prices"
# The tables of a workspace, beside its own prices.
PRICES_FILE, NAMES_FILE = Path("prices", "list.csv"), Path("prices", "names.csv")


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

    @cached_property
    def regions(self) -> frozenset[str]:
        """The regions that have prices of their own."""
        return frozenset(price.region for price in self.prices if price.region)

    def at(
        self, provider: str, model: str, at: datetime, tier: str, context: int, region: str = ""
    ) -> dict[str, Price]:
        """The price of each unit of a model at a moment, for a tier, a region and a call with so many input tokens."""
        found: dict[str, Price] = {}
        for price in self.of(provider, model):
            here = price.tier == tier and price.region in ("", region) and (price.above < context or price.above == 0)
            if here and price.holds(at):
                best = found.get(price.unit)
                if best is None or _rank(price) > _rank(best):
                    found[price.unit] = price
        return found


def _rank(price: Price) -> tuple[bool, int, str]:
    """Of several prices of a unit the one of the region holds, then that of the longer context, then the newer one."""
    return price.region != "", price.above, price.recorded_at


@cache
def list_prices() -> Book:
    """The book that comes with outlay."""
    return _compiled(*tables_of(None))


def listed_in(workspace: Path | None) -> Book:
    """The list prices of a workspace: those that come with outlay, and what `outlay prices update` has appended."""
    updated = workspace and ((workspace / PRICES_FILE).exists() or (workspace / NAMES_FILE).exists())
    return _compiled(*tables_of(workspace)) if updated else list_prices()


def tables_of(workspace: Path | None) -> tuple[list[Row], list[Row]]:
    """The rows of prices and of names, those of a workspace included. Raises `InputError` for a row that is none."""
    with as_file(files("outlay.prices").joinpath("data")) as folder:
        prices = read_table(folder / "prices.csv", PRICE_COLUMNS)
        names = read_table(folder / "names.csv", NAME_COLUMNS)
    if workspace is None:
        return prices, names
    own = read_table(workspace / PRICES_FILE, PRICE_COLUMNS), read_table(workspace / NAMES_FILE, NAME_COLUMNS)
    return merged(prices, own[0]), merged(names, own[1])


def _compiled(prices: list[Row], names: list[Row]) -> Book:
    """The newest rows with our corrections in their place."""
    with as_file(files("outlay.prices").joinpath("data")) as folder:
        said = read_corrections(folder / "corrections.yaml")
        with (folder / "providers.csv").open(encoding="utf-8", newline="") as stream:
            providers = list(csv.reader(stream))[1:]
    listed = [_price(row) for row in newest(prices, PRICE_KEY).values()]
    return Book(corrected(listed, said), _names(names, said, providers))


def _price(row: Row) -> Price:
    provider, model, unit, per, tier, above, first, daily_from, daily_until, until, price, recorded, source = row
    return Price(
        provider, model, unit, int(per), tier, int(above), first, daily_from, daily_until, until,
        Decimal(price), recorded, source or GENERATED,
    )  # fmt: skip


def _names(rows: list[Row], said: Corrections, providers: list[list[str]]) -> Names:
    generated = [ModelName(provider, pattern, model) for provider, pattern, model, *_ in rows]
    dated = [ModelName(n.provider, n.name, n.model, _day(n.first), _day(n.until)) for n in said.names]
    hosts: dict[str, tuple[str, ...]] = {}
    spelled: dict[str, str] = {}
    for spelling, provider, hosted in providers:
        spelled[spelling] = provider
        if hosted:
            hosts[provider] = tuple(hosted.split())
    return Names([*dated, *generated], spelled, hosts)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
