"""Newer list prices for a workspace: what an installed `genai-prices` knows beyond the book goes into its own table."""

import re
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from outlay.model.problem import InputError
from outlay.prices.book import NAMES_FILE, PRICES_FILE, tables_of
from outlay.prices.tables import NAME_COLUMNS, NAME_KEY, PRICE_COLUMNS, PRICE_KEY, Change, Row, append, changes


@dataclass(frozen=True, slots=True)
class Update:
    """What a version of the package knows beyond the book of a workspace; prices of `unknown` units are left out."""

    version: str
    prices: tuple[Change, ...]
    names: tuple[Row, ...]
    unknown: tuple[str, ...] = ()

    @property
    def new(self) -> list[Change]:
        """Prices of what had none."""
        return [change for change in self.prices if change.before is None]

    @property
    def changed(self) -> list[Change]:
        """Prices that the book has otherwise: another price, or an end."""
        return [change for change in self.prices if change.before is not None]


def find_update(workspace: Path) -> Update:
    """What the installed package knows beyond the book of a workspace. Raises `InputError` where it cannot be asked."""
    try:
        from outlay.prices.snapshot import read_snapshot
    except ModuleNotFoundError as error:
        raise InputError("E-PRICE-012", "genai-prices is not installed", "pip install genai-prices") from error
    return compare(workspace, *read_snapshot())


def compare(
    workspace: Path, version: str, prices: list[Row], names: list[Row], unknown: tuple[str, ...] = ()
) -> Update:
    """What is told and the book of a workspace does not hold. Raises `InputError` for what is older than the book."""
    held, called = tables_of(workspace)
    known = max([_generated_with(), *(row[-1] for row in held)], key=_number)
    if _number(version) < _number(known):
        said = f"genai-prices {version} is older than the book, which is of {known}"
        raise InputError("E-PRICE-013", said, "pip install --upgrade genai-prices")
    fresh = tuple(change.row for change in changes(called, names, NAME_KEY))
    return Update(version, tuple(changes(held, prices, PRICE_KEY)), fresh, unknown)


def write_update(workspace: Path, update: Update, today: date) -> None:
    """Append an update to the tables of a workspace."""
    recorded = [today.isoformat(), f"genai-prices {update.version}"]
    if update.prices:
        append(workspace / PRICES_FILE, PRICE_COLUMNS, [change.row for change in update.prices], recorded)
    if update.names:
        append(workspace / NAMES_FILE, NAME_COLUMNS, update.names, recorded)


def _generated_with() -> str:
    """The version of the package that the book of this release was made from."""
    return files("outlay.prices").joinpath("data", "generated.txt").read_text(encoding="utf-8").strip()


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
