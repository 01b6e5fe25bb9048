"""The noun at the centre: a charge is one row of cost in the shape of FOCUS, with a few columns of ours.

A bill line, a metered hour and a line of a plan are all charges; `x_RecordKind` tells them apart.
FOCUS columns and the versions that hold them are data (`data/focus_columns.csv`, from the FOCUS
specification 1.0 to 1.4, CC BY 4.0).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Kind = Literal["text", "money", "price", "quantity", "time", "json", "count", "flag"]

SQL_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "json": "VARCHAR",
    "money": "DECIMAL(38,12)",
    "price": "DECIMAL(38,12)",
    "quantity": "DECIMAL(38,12)",
    "time": "TIMESTAMPTZ",
    "count": "BIGINT",
    "flag": "BOOLEAN",
}
MONEY_SCALE = 12
FOCUS_VERSIONS = ("1.0", "1.1", "1.2", "1.3", "1.4")
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a charge: its name, kind, and where FOCUS asks for it."""

    name: str
    kind: Kind
    level: str = "custom"
    nullable: bool = True
    since: str = ""
    until: str = ""

    @property
    def sql_type(self) -> str:
        """The DuckDB type that stores this column."""
        return SQL_TYPES[self.kind]

    def is_in(self, version: str) -> bool:
        """Whether FOCUS `version` has this column."""
        return bool(self.since) and self.since <= version and (not self.until or version <= self.until)


@cache
def focus_columns() -> tuple[Column, ...]:
    """Every FOCUS column of 1.0 to 1.4, in alphabetical order as FOCUS lists them."""
    text = files("outlay.model").joinpath("data/focus_columns.csv").read_text(encoding="utf-8")
    return tuple(
        Column(r["name"], r["kind"], r["level"], r["nullable"] == "yes", r["since"], r["until"])  # type: ignore[arg-type]
        for r in csv.DictReader(text.splitlines())
    )


def columns_of(version: str) -> tuple[Column, ...]:
    """The columns that FOCUS `version` defines."""
    return tuple(c for c in focus_columns() if c.is_in(version))


# Evidence and money beside FOCUS, written when a delivery is read.
DELIVERED = (
    Column("x_RecordKind", "text"),
    Column("x_MeteredCost", "money"),
    Column("x_PlannedCost", "money"),
    Column("x_SourceSystem", "text"),
    Column("x_SourceVersion", "text"),
    Column("x_ScopeKey", "text"),
    Column("x_LoadId", "text"),
    Column("x_DeliveryId", "text"),
    Column("x_FileId", "text"),
    Column("x_RowId", "count"),
    Column("x_Extra", "json"),
)


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str | None) -> str:
    """`value` as an SQL string literal, NULL for None."""
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"


def coded(texts: Iterable[str | None]) -> str:
    """The SQL type of a column with few texts: they are joined and written as numbers."""
    known = sorted({text for text in texts if text is not None})
    return f"ENUM ({', '.join(map(literal, known))})" if known else "VARCHAR"
