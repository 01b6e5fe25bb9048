"""The facts of the demo company, read from the tables in `data/`."""

import csv
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from outlay.demo.amounts import micro
from outlay.demo.timeline import Month


def text(name: str) -> str:
    """The text of a file in `data/`."""
    return files("outlay.demo").joinpath("data", name).read_text(encoding="utf-8")


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV table in `data/`."""
    return tuple(csv.DictReader(text(f"{name}.csv").splitlines()))


@cache
def document(name: str) -> Any:
    """A YAML document in `data/`."""
    return yaml.load(text(f"{name}.yaml"), Loader=yaml.BaseLoader)


def shape(name: str) -> list[float]:
    """A list of numbers in `shapes.yaml`."""
    return [float(x) for x in document("shapes")[name]]


def dice(seed: int, name: str) -> np.random.Generator:
    """Random numbers of their own for each name, so that one more resource leaves the others unchanged."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


@dataclass(frozen=True, slots=True)
class Bill:
    """One bill of the company: who sends it, in which version of FOCUS, to which account."""

    name: str
    version: str
    format: str
    provider: str
    tax_service: str
    account: str
    account_name: str
    account_type: str
    sub_account_type: str
    invoice: str

    def invoice_id(self, month: Month) -> str:
        """The number of the invoice for `month`."""
        year, number = month.name.split("-")
        return self.invoice.format(yyyy=year, yy=year[2:], mm=number, n=month.number + 4417)

    def file_name(self, month: Month) -> str:
        """The name of the bill's file for `month`."""
        return f"{self.name}-{month.name}.{self.format}"


@dataclass(frozen=True, slots=True)
class Sku:
    """What is sold: prices in micro-units of currency per `unit`."""

    name: str
    bill: str
    service: str
    publisher: str
    id: str
    meter: str
    description: str
    unit: str
    list_price: int
    contracted_price: int
    committed_price: int
    details: str

    @property
    def block(self) -> int:
        """How many consumed units make one pricing unit: 1000000 for `1000000 Tokens`."""
        first = self.unit.split(" ")[0]
        return int(first) if first.isdigit() else 1

    @property
    def consumed_unit(self) -> str:
        """The pricing unit without its block."""
        return self.unit if self.block == 1 else self.unit.split(" ", 1)[1]


@cache
def bills() -> dict[str, Bill]:
    """The company's bills by name."""
    return {r["bill"]: Bill(*r.values()) for r in table("bills")}


@cache
def skus() -> dict[str, Sku]:
    """What the two clouds sell, by our short name."""
    return {r["sku"]: _sku(r) for r in table("skus")}


def _sku(row: dict[str, str]) -> Sku:
    words = {k: row[k] for k in ("bill", "service", "publisher", "id", "meter", "description", "unit", "details")}
    return Sku(
        name=row["sku"],
        list_price=micro(row["list_price"]),
        contracted_price=micro(row["contracted_price"] or row["list_price"]),
        committed_price=micro(row["committed_price"] or "0"),
        **words,
    )


@cache
def services() -> dict[str, dict[str, str]]:
    """Category, subcategory and code of each service."""
    return {r["service"]: r for r in table("services")}


@cache
def account_names() -> dict[str, str]:
    """The name of each sub-account."""
    return {r["account"]: r["name"] for r in table("accounts")}


@cache
def region_names() -> dict[str, str]:
    """The name of each region."""
    return {r["region"]: r["name"] for r in table("regions")}
