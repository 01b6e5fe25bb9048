"""Tables of prices and of names of models: rows are appended and never changed; the newest row of a key holds."""

import csv
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from outlay.model.problem import InputError

Row = tuple[str, ...]
# What stands before `until` says what a price is for.
PRICE_COLUMNS = (
    *("provider", "model", "unit", "per", "tier", "above", "from", "daily_from", "daily_until"),
    *("until", "price"),
)
PRICE_KEY = 9
NAME_COLUMNS = ("provider", "pattern", "model")
NAME_KEY = 3
RECORDED = ("recorded_at", "source")


class Change(NamedTuple):
    """A row that a table does not hold yet, and the newest one of the same key, if any."""

    row: Row
    before: Row | None


def read_table(path: Path, columns: Sequence[str]) -> list[Row]:
    """The rows of a table, each with the day on which it was recorded and its source; none if there is no such file.

    Raises `InputError` with the line of a row that is not of the table.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [tuple(row) for row in csv.reader(stream)][1:]
    for line, row in enumerate(rows, 2):
        if not len(columns) < len(row) <= len(columns) + len(RECORDED) or not _counts(row, columns):
            hint = "take the line out, then outlay prices update writes it again"
            raise InputError("E-PRICE-011", f"no row of {path.name}", hint, f"{path}:{line}:1")
    return [row if len(row) > len(columns) + 1 else (*row, "") for row in rows]


def _counts(row: Row, columns: Sequence[str]) -> bool:
    """Whether the numbers of a row are numbers."""
    try:
        return all(Decimal(row[columns.index(name)]) >= 0 for name in ("per", "above", "price") if name in columns)
    except InvalidOperation:
        return False


def merged(*tables: Iterable[Row]) -> list[Row]:
    """The rows of several tables in the order in which they were recorded; of one day, those of the last table last."""
    return sorted((row for table in tables for row in table), key=lambda row: row[-2])


def newest(rows: Iterable[Row], key: int) -> dict[Row, Row]:
    """The newest row of each key; the first `key` columns say what a row is about."""
    return {row[:key]: row for row in rows}


def changes(known: Iterable[Row], told: Iterable[Row], key: int) -> list[Change]:
    """What is told and not known: rows without the day and the source."""
    held = newest(known, key)
    fresh = [Change(row, held.get(row[:key])) for row in dict.fromkeys(told)]
    return [c for c in fresh if c.before is None or c.before[: len(c.row)] != c.row]


def append(path: Path, columns: Sequence[str], rows: Iterable[Row], recorded: Sequence[str]) -> None:
    """Append rows with the day on which they were recorded, and their source where it is told."""
    begun = path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if not begun:
            writer.writerow([*columns, *RECORDED[: len(recorded)]])
        writer.writerows([*row, *recorded] for row in rows)
