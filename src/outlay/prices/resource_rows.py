"""The rows of files that tell prices of resources, checked when they are read."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from outlay.model.document import read_document, validate
from outlay.prices.price import LIST
from outlay.prices.registry import Amount, known
from outlay.prices.resources import ON_DEMAND, ResourcePrice, Resources, Step

FAMILIES = ("gpu", "storage", "egress", "vector-store", "observability", "mlops", "labour")
# Names of routes by what they cross, wherever they begin.
ROUTES = (
    *("same-zone", "cross-zone", "inter-region", "inter-account", "internet"),
    *("cross-cloud", "cloud-to-onprem", "onprem-to-cloud"),
)
# A GB is 10^9 bytes and a GiB 2^30; neither is turned into the other.
RESOURCE_UNITS = (
    *("GPU-hour", "hour", "vCPU-hour", "node-hour", "OCU-hour", "DBU", "GB", "GiB", "GB-month", "GiB-month"),
    *("M-read-units", "M-write-units", "M-dimensions-month", "M-requests", "M-events", "M-spans", "M-units"),
    *("k-traces", "host-month", "seat-month", "month", "year"),
)


def known_family(said: str) -> str:
    """The same family if there are prices of it."""
    return known(said, FAMILIES, "family")


def known_resource_unit(said: str) -> str:
    """The same unit if prices of resources know it."""
    return known(said, RESOURCE_UNITS, "unit")


class StepRow(BaseModel):
    """The price of the part of a quantity above `above`."""

    model_config = ConfigDict(extra="forbid")
    above: Amount = Decimal(0)
    price: Amount


class ResourceRow(BaseModel):
    """One price: `price`, `steps`, or `low` and `high`. Both days are included."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    family: Annotated[str, AfterValidator(known_family)]
    item: str
    unit: Annotated[str, AfterValidator(known_resource_unit)]
    provider: str = ""
    price: Amount | None = None
    steps: list[StepRow] = Field(default_factory=list)
    low: Amount | None = None
    high: Amount | None = None
    region: str = ""
    term: str = ON_DEMAND
    offer: str = ""
    first: date | None = Field(default=None, alias="from")
    until: date | None = None
    as_of: date | None = None
    seen: date | None = None
    source: str = ""
    note: str = ""
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")

    @model_validator(mode="after")
    def _says_one_price(self) -> Self:
        said = (self.price is not None) + bool(self.steps) + (self.low is not None or self.high is not None)
        if said != 1 or (self.low is None) != (self.high is None):
            raise ValueError("a row has one price; write price, or steps, or low and high")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"low {self.low} is above high {self.high}")
        bounds = [step.above for step in self.steps]
        if bounds and (bounds[0] != 0 or bounds != sorted(set(bounds))):
            raise ValueError("steps do not rise from 0; begin with above: 0 and order them")
        if self.first and self.until and self.until < self.first:
            raise ValueError(f"until {self.until} is before from {self.first}; write the last day on which it holds")
        if self.family == "egress":
            known(self.item, ROUTES, "route")
        return self


class VendorFile(BaseModel):
    """A file of list prices of one vendor."""

    model_config = ConfigDict(extra="forbid")
    provider: str
    recorded: date
    resources: list[ResourceRow]


@cache
def list_resources() -> Resources:
    """The prices that come with outlay, vendor by vendor."""
    with as_file(files("outlay.prices").joinpath("data", "resources")) as folder:
        return Resources([p for path in sorted(folder.glob("*.yaml")) for p in read_vendor(path)])


def read_vendor(path: Path) -> list[ResourcePrice]:
    """The prices in a file of one vendor. Raises `InputError` with the place of what is wrong."""
    said = validate(read_document(path), VendorFile, "E-PRICE-001")
    return records(said.resources, said.provider, said.recorded)


def records(
    rows: Iterable[ResourceRow], provider: str, recorded: date, source: str = "", kind: str = LIST
) -> list[ResourcePrice]:
    """Rows as records; what a row leaves out is said by its file."""
    return [_record(row, row.provider or provider, recorded, row.source or source, kind) for row in rows]


def _record(row: ResourceRow, provider: str, recorded: date, source: str, kind: str) -> ResourcePrice:
    steps = [StepRow(price=row.price)] if row.price is not None else row.steps
    until = row.until + timedelta(days=1) if row.until and row.until < date.max else None
    return ResourcePrice(
        provider=provider.lower(), family=row.family, item=row.item.lower(), unit=row.unit,
        steps=tuple(Step(step.above, step.price) for step in steps), low=row.low, high=row.high,
        region=row.region, term=row.term, offer=row.offer, first=_day(row.first), until=_day(until),
        as_of=_day(row.as_of or recorded), seen=_day(row.seen), recorded_at=_day(recorded), source=source,
        kind=kind, currency=row.currency, note=row.note,
    )  # fmt: skip


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
