"""What LiteLLM's catalogue says, where it is installed: a second opinion, never a price of ours."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from outlay.prices.book import Book
from outlay.prices.price import STANDARD, Price

PACKAGE, CATALOGUE = "litellm", "model_prices_and_context_window_backup.json"
COSTS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write_5m",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """One price of ours and what the catalogue says of the same, both for one unit."""

    price: Price
    name: str
    theirs: Decimal

    @property
    def in_our_unit(self) -> Decimal:
        """What the catalogue says, for as many units as our price is for."""
        return (self.theirs * self.price.per).normalize()

    @property
    def agrees(self) -> bool:
        """Whether both say the same."""
        return self.price.each == self.theirs


def catalogue() -> Path | None:
    """The catalogue of the installed LiteLLM; None where there is none. Its code is not run."""
    spec = find_spec(PACKAGE)
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0]) / CATALOGUE if folders else None
    return path if path is not None and path.exists() else None


def catalogue_version() -> str:
    """The version of the installed LiteLLM."""
    try:
        return version(PACKAGE)
    except PackageNotFoundError:
        return "of unknown version"


def opinions(book: Book, path: Path, at: datetime) -> list[Opinion]:
    """Every standard price of a catalogue that the book has too, at a moment."""
    said = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    return [o for name, costs in said.items() if isinstance(costs, dict) for o in _of_model(book, name, costs, at)]


def _of_model(book: Book, name: str, costs: dict[str, object], at: datetime) -> Iterator[Opinion]:
    provider = book.names.provider(str(costs.get("litellm_provider", "")))
    found = book.names.model(provider, name, at.date().isoformat()) if provider else None
    if found is None:
        return
    prices = book.at(*found, at, STANDARD, 0)
    for key, unit in COSTS.items():
        theirs = costs.get(key)
        if unit in prices and isinstance(theirs, Decimal | int) and theirs:
            yield Opinion(prices[unit], name, Decimal(theirs))
