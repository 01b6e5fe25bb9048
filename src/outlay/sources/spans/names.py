"""Which attribute of a span says what: the table of names of every dialect, and what each kind of span is."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Alias:
    """An attribute that fills a column; with a `path` the attribute is JSON text that holds it (`$`: all of it).

    Of the aliases of a column the first that a span has is taken. A column is one of an event, or one that others are
    computed from.
    """

    column: str
    attribute: str
    path: str
    dialect: str
    since: str
    notes: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What a value of an attribute says of a span: it is a `call`, a `whole` that may repeat calls, or neither."""

    attribute: str
    value: str
    operation: str
    role: str
    dialect: str


@cache
def aliases() -> tuple[Alias, ...]:
    """Every alias, those of a column in the order in which they are tried."""
    rows = sorted(_rows("names"), key=lambda row: int(row["priority"]))
    return tuple(Alias(**{name: row[name] for name in Alias.__slots__}) for row in rows)


@cache
def operations() -> tuple[Operation, ...]:
    """Every value that tells what a span is; the first attribute that a span has decides."""
    return tuple(Operation(**row) for row in _rows("operations"))


@cache
def known() -> tuple[str, ...]:
    """The attributes that are read; no other ever leaves its file."""
    found: Iterable[str] = (*(a.attribute for a in aliases()), *(o.attribute for o in operations()))
    return tuple(dict.fromkeys(found))


def _rows(name: str) -> list[dict[str, str]]:
    text = files(__package__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
