"""Small FOCUS bills for tests: rows as text, files as vendors write them, and a workspace to load them into."""

import csv
import gzip
import io
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from outlay.ledger.engine import connect
from outlay.model.charge import columns_of, literal, quoted
from outlay.workspace import Workspace

Charge = Mapping[str, str]

# One charge of a machine for a day; a test says only what matters to it.
USUAL = {
    "BillingAccountId": "acct-1",
    "BillingAccountName": "Example",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "hours of a machine",
    "ChargePeriodStart": "2026-10-01T00:00:00Z",
    "ChargePeriodEnd": "2026-10-02T00:00:00Z",
    "InvoiceIssuerName": "Example Cloud",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "ProviderName": "Example Cloud",
    "PublisherName": "Example Cloud",
    "ServiceCategory": "Compute",
    "ServiceName": "Machines",
    "ServiceProviderName": "Example Cloud",
}
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def charge(cost: str | int | Decimal = "1", *, day: str = "2026-10-01", team: str = "", **columns: str) -> Charge:
    """A charge of a day, all four costs the same unless `columns` says otherwise."""
    text = f"{cost:f}" if isinstance(cost, Decimal) else str(cost)
    month, at = day[:7], f"{day}T00:00:00Z"
    found = {
        **USUAL,
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "BillingPeriodEnd": _next_month(month),
        "ChargePeriodStart": at,
        "ChargePeriodEnd": f"{day}T23:59:59Z",
        **dict.fromkeys(COSTS, text),
    }
    if team:
        found["Tags"] = f'{{"team": "{team}"}}'
    return {**found, **columns}


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12:04}-{number % 12 + 1:02}-01T00:00:00Z"


def days(first: int, last: int, cost: str = "1", **columns: str) -> list[Charge]:
    """One charge for every day of October from `first` to `last`."""
    return [charge(cost, day=f"2026-10-{day:02}", **columns) for day in range(first, last + 1)]


def write_bill(path: Path, charges: Iterable[Charge], version: str = "1.3") -> Path:
    """A FOCUS file of a version: CSV, or gzipped CSV where the name ends so."""
    rows = list(charges)
    names = [c.name for c in columns_of(version)]
    names += sorted({k for row in rows for k in row if k.startswith("x_")})
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_parquet(path: Path, select: str) -> Path:
    """The rows of an SQL query as a Parquet file."""
    with connect() as connection:
        connection.execute(f"COPY ({select}) TO {literal(str(path))} (FORMAT parquet)")
    return path


def workspace(folder: Path, settings: str = "") -> Workspace:
    """A workspace in `folder` with `settings` as its outlay.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "outlay.yaml").write_text(settings or "currency: USD\n")
    return Workspace(folder)


def total(opened: Workspace, column: str = "BilledCost", table: str = "costs") -> Decimal:
    """The plain sum of a column over the live rows."""
    sql = f"SELECT coalesce(sum({quoted(column)}), 0) FROM {opened.relation(table)}"
    return Decimal(opened.connection.execute(sql).fetchall()[0][0])


def by(opened: Workspace, column: str, money: str = "BilledCost") -> dict[str | None, Decimal]:
    """The sum of live costs per value of a column."""
    sql = f"SELECT {quoted(column)}, sum({quoted(money)}) FROM {opened.relation('costs')} GROUP BY 1"
    return dict(opened.connection.execute(sql).fetchall())


def rows(opened: Workspace, table: str = "costs") -> int:
    """How many live rows a table has."""
    return int(opened.connection.execute(f"SELECT count(*) FROM {opened.relation(table)}").fetchall()[0][0])


def summed(charges: Iterable[Charge], column: str = "BilledCost") -> Decimal:
    """What a bill says that its costs add up to."""
    return sum((Decimal(c[column]) for c in charges), Decimal(0))
