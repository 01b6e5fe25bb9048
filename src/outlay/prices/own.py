"""Prices of a workspace: negotiated, committed, promotional, or of models that it hosts itself."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from outlay.model.document import read_document, validate
from outlay.prices.book import Book
from outlay.prices.corrections import Corrections, History, corrected
from outlay.prices.names import ModelName, Names
from outlay.prices.price import STANDARD

FOLDER = "prices"
Kind = Literal["negotiated", "committed", "promo", "self-hosted"]


class OwnPrice(BaseModel):
    """The prices of a model for a workspace: they take the place of list prices from one day to before another."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    provider: str
    model: str
    kind: Kind = "negotiated"
    tier: str = STANDARD
    above: int = Field(default=0, ge=0)
    first: date = Field(alias="from")
    until: date | None = None
    per: int = Field(default=1_000_000, gt=0)
    prices: dict[str, Decimal] = Field(min_length=1)


class OwnPrices(BaseModel):
    """A file of `prices/`: who agreed to what, and when it was written down."""

    model_config = ConfigDict(extra="forbid")
    source: str
    recorded: date
    prices: list[OwnPrice]


def with_own(book: Book, workspace: Path) -> Book:
    """The book with the prices of a workspace in the place of list prices. Raises `InputError` with the place."""
    for path in sorted((workspace / FOLDER).glob("*.yaml")):
        said = validate(read_document(path), OwnPrices, "E-PRICE-005")
        histories = [_history(book.names, price, said.source) for price in said.prices]
        prices = corrected(book.prices, Corrections(recorded=said.recorded, histories=histories))
        book = Book(prices, _names(book.names, histories))
    return book


def _history(names: Names, said: OwnPrice, source: str) -> History:
    """A price under the ids of the book, where it knows them by another name."""
    provider = names.provider(said.provider) or said.provider.lower()
    known = names.model(provider, said.model, said.first.isoformat())
    seller, model = known or (provider, said.model.lower())
    found = said.model_dump(by_alias=True) | {"provider": seller, "model": model, "source": source}
    return History.model_validate(found)


def _names(names: Names, histories: Sequence[History]) -> Names:
    """The names with those of models that only this workspace knows."""
    known = {(n.provider, n.model) for n in names.models}
    fresh = [ModelName(h.provider, h.model, h.model) for h in histories if (h.provider, h.model) not in known]
    return Names([*names.models, *dict.fromkeys(fresh)], names.providers, names.hosts)
