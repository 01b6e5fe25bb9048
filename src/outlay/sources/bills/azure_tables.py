"""Microsoft's open data about units of measure and services, as lookups over the values that one file holds.

The facts (`data/azure_units.csv`, `data/azure_services.csv`) are from microsoft/finops-toolkit, MIT License,
Copyright (c) Microsoft Corporation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from outlay.model.charge import literal
from outlay.sources.bills.azure_columns import facts
from outlay.sources.bills.azure_survey import SEPARATOR, counts_blocks

MULTIPLES = {"": 1, "k": 1_000, "m": 1_000_000, "b": 1_000_000_000}
SIZED = re.compile(r"(\d+)([kmb]?)(?![a-z])\s*(.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `block` singles of `name`; `in_blocks` when the file's quantities count blocks."""

    block: int
    name: str
    in_blocks: bool = False

    @property
    def pricing_unit(self) -> str:
        """The unit as FOCUS writes it: `Hours`, `100 Hours`."""
        return self.name if self.block == 1 else f"{self.block} {self.name}"

    @property
    def reciprocal(self) -> str | None:
        """What turns a quantity into blocks: 1 / block as an exact decimal, None if there is none (60)."""
        if self.in_blocks:
            return "1"
        share = (Decimal(10) ** 12 / self.block) if 10**12 % self.block == 0 else None
        return None if share is None else f"{share.scaleb(-12):f}"

    @property
    def factor(self) -> str:
        """What turns a quantity into single units."""
        return str(self.block) if self.in_blocks else "1"


@dataclass(frozen=True, slots=True)
class Service:
    """A service as FOCUS names it."""

    name: str
    category: str
    subcategory: str


@cache
def _units() -> Mapping[str, tuple[int, str]]:
    return {r["unit_of_measure"]: (int(r["block_size"]), r["unit"]) for r in facts("azure_units")}


def unit(text: str, ratio: float | None) -> Unit | None:
    """The unit that a UnitOfMeasure names; one that the data lacks (`1M Tokens`) is read by its number."""
    key = text.strip().lower()
    if not key:
        return None
    block, name = _units().get(key) or _sized(text.strip())
    return Unit(block, name, counts_blocks(ratio, block))


def _sized(text: str) -> tuple[int, str]:
    found = SIZED.fullmatch(text)
    if found is None or int(found.group(1)) == 0:
        return 1, text
    number, multiple, name = found.groups()
    return int(number) * MULTIPLES[multiple.lower()], name or "Units"


@cache
def _services() -> Mapping[tuple[str, str], Service]:
    """Services by what decides them: both names, or one of them where it decides alone."""
    rows = [(r["consumed_service"], r["resource_type"], _service(r)) for r in facts("azure_services")]
    found: dict[tuple[str, str], Service] = {}
    for position in (0, 1):
        by_one: dict[str, set[Service]] = {}
        for row in rows:
            by_one.setdefault((row[0], row[1])[position], set()).add(row[2])
        alone = {name: next(iter(s)) for name, s in by_one.items() if name and len(s) == 1}
        found |= {(name, "") if position == 0 else ("", name): s for name, s in alone.items()}
    return found | {(row[0], row[1]): row[2] for row in rows}


@cache
def _by_name() -> Mapping[str, Service]:
    return {r["service_name"].lower(): _service(r) for r in facts("azure_services")}


def _service(row: Mapping[str, str]) -> Service:
    return Service(row["service_name"], row["category"], row["subcategory"])


def service(key: str) -> Service | None:
    """The service of a consumed service, resource type and meter category, if the data knows it."""
    consumed, kind, meter = key.split(SEPARATOR)
    parent = "/".join(kind.split("/")[:2])
    keys = ((consumed, kind), (consumed, parent), ("", kind), ("", parent), (consumed, ""))
    known = _services()
    return next((known[k] for k in keys if k in known), None) or _by_name().get(meter)


def lookup(key: str, keys: Sequence[str], values: Sequence[str | None], sql_type: str = "VARCHAR") -> str:
    """SQL: the value beside the key that equals `key`; NULL when none does."""
    names, results = ", ".join(literal(k) for k in keys), ", ".join(literal(v) for v in values)
    return f"CAST([{results}] AS {sql_type}[])[list_position([{names}], {key})]"
