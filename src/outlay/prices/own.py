"""Prices of a workspace: negotiated, committed, promotional, or of models that it hosts itself."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from outlay.model.document import Document, read_document, validate
from outlay.model.problem import InputError
from outlay.prices.book import Book, listed_in
from outlay.prices.corrections import History, prices_of
from outlay.prices.names import ModelName, Names
from outlay.prices.price import STANDARD, Price
from outlay.prices.registry import Amount, Clock, Region, Tier, Unit, Weekdays
from outlay.prices.resource_rows import ResourceRow, list_resources, records
from outlay.prices.resources import Resources

FOLDER = "prices"
ENDINGS = (".yaml", ".yml")
Kind = Literal["negotiated", "committed", "promo", "self-hosted"]


class OwnPrice(BaseModel):
    """The prices of a model for a workspace: they take the place of list prices, both days included."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    provider: str
    model: str
    kind: Kind = "negotiated"
    tier: Tier = STANDARD
    region: Region = ""
    above: int = Field(default=0, ge=0)
    first: date = Field(alias="from")
    until: date | None = None
    daily_from: Clock = ""
    daily_until: Clock = ""
    weekdays: Weekdays = ""
    per: int = Field(default=1_000_000, gt=0)
    prices: dict[Unit, Amount] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.until and self.until < self.first:
            raise ValueError(f"until {self.until} is before from {self.first}; write the last day on which it holds")
        if self.daily_until and self.daily_until <= self.daily_from:
            raise ValueError("daily_until is not after daily_from; split hours at midnight UTC, which ends as 24:00")
        return self


class OwnPrices(BaseModel):
    """A file of `prices/`: who agreed to what, and when it was written down."""

    model_config = ConfigDict(extra="forbid")
    source: str
    recorded: date
    prices: list[OwnPrice] = Field(default_factory=list)
    resources: list[ResourceRow] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.prices and not self.resources:
            raise ValueError("no prices; write prices of models, or resources")
        return self


@dataclass(frozen=True, slots=True)
class Contract:
    """One entry of a file, under the ids of the book."""

    place: str
    recorded: date
    history: History
    prices: tuple[Price, ...]


def book_of(workspace: Path | None) -> Book:
    """Everything that a workspace knows of prices: list prices, newer ones, and its own. Raises `InputError`."""
    listed = listed_in(workspace)
    return with_own(listed, workspace) if workspace else listed


def with_own(book: Book, workspace: Path) -> Book:
    """The book with the prices of a workspace in the place of list prices. Raises `InputError` with the place."""
    contracts = [c for path in files_of(workspace) for c in _contracts(book.names, path)]
    if not contracts:
        return book
    _refuse_doubles(contracts)
    found = {what: list(prices) for what, prices in book.by_model.items()}
    for contract in sorted(contracts, key=lambda c: c.recorded):
        said = contract.history
        held = found.get((said.provider, said.model)) or _of_the_maker(book, said)
        found[said.provider, said.model] = [*_beside(held, contract), *contract.prices]
    return Book([p for prices in found.values() for p in prices], _names(book.names, contracts))


def resources_of(workspace: Path | None) -> Resources:
    """The prices of resources, with those of a workspace before all others. Raises `InputError` with the place."""
    own = []
    for path in files_of(workspace) if workspace else ():
        said = _read(path)[1]
        own += records(said.resources, "", said.recorded, said.source, kind="negotiated")
    return Resources([*own, *list_resources().prices]) if own else list_resources()


def _read(path: Path) -> tuple[Document, OwnPrices]:
    document = read_document(path)
    return document, validate(document, OwnPrices, "E-PRICE-005")


def files_of(workspace: Path) -> list[Path]:
    """The files of own prices, by name."""
    return sorted(path for path in (workspace / FOLDER).glob("*") if path.suffix in ENDINGS)


def _contracts(names: Names, path: Path) -> Iterator[Contract]:
    document, said = _read(path)
    for i, price in enumerate(said.prices):
        history = _history(names, price, said.source)
        found = tuple(prices_of(history, said.recorded))
        yield Contract(document.place(("prices", i)), said.recorded, history, found)


def _history(names: Names, said: OwnPrice, source: str) -> History:
    """A price under the ids of the book, where it knows them by another name. Its provider stays who is paid."""
    provider = names.provider(said.provider) or said.provider.lower()
    known = names.model(provider, said.model, said.first.isoformat())
    model = known[1] if known else said.model.lower()
    until = said.until + timedelta(days=1) if said.until and said.until < date.max else None
    told = said.model_dump(by_alias=True)
    return History.model_validate(told | {"provider": provider, "model": model, "until": until, "source": source})


def _refuse_doubles(contracts: Sequence[Contract]) -> None:
    """Two prices of one moment that were written down on the same day: nobody can say which holds."""
    for one, other in combinations(contracts, 2):
        same = (one.recorded, one.history.model) == (other.recorded, other.history.model)
        if same and any(_beside_another(a, b) for a in one.prices for b in other.prices):
            said = f"two prices of {one.history.model} ({one.history.tier}) hold at once: the other is at {one.place}"
            hint = "end one before the other begins, or record the later one on a later day"
            raise InputError("E-PRICE-006", said, hint, other.place)


def _beside_another(one: Price, other: Price) -> bool:
    return one.what == other.what and one.window.meets(other.window)


def _beside(prices: Iterable[Price], contract: Contract) -> Iterator[Price]:
    """The prices without the time of a contract; another context step, unit or tier stays as it is.

    A contract that names no region is for all of them.
    """
    told = {price.what: price.window for price in contract.prices}
    for price in prices:
        window = told.get(price.what) or told.get(replace(price, region="").what)
        left = () if window is None else price.window.without(window)
        yield from [price] if window is None else (replace(price.during(w), since=price.told_since) for w in left)


def _of_the_maker(book: Book, said: History) -> list[Price]:
    """The maker's prices as those of the host that a contract is with: the contract tells some of them only."""
    makers = book.names.hosts.get(said.provider, ())
    return [replace(p, provider=said.provider) for maker in makers for p in book.of(maker, said.model)]


def _names(names: Names, contracts: Iterable[Contract]) -> Names:
    """The names with those of models that only this workspace knows, and of those that a host has a price for."""
    told = dict.fromkeys((c.history.provider, c.history.model) for c in contracts)
    known = {(n.provider, n.pattern) for n in names.models if n.pattern == n.model}
    fresh = [ModelName(provider, model, model) for provider, model in told if (provider, model) not in known]
    return Names([*names.models, *fresh], names.providers, names.hosts)
