"""The checks that look at charges and costs: each SQL file with its names filled in."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from outlay.ledger.engine import statement
from outlay.model.charge import COSTS, FOCUS_VERSIONS, columns_of, focus_columns, literal, quoted
from outlay.model.values import allowed_values, currencies, subcategories
from outlay.views.checks.breach import Breach, summarise

if TYPE_CHECKING:
    import duckdb

CHECKS = (
    "billed",
    "commitments",
    "currencies",
    "duplicates",
    "mandatory",
    "metered",
    "mixed_currencies",
    "origins",
    "periods",
    "prices",
    "purchases",
    "rounded",
    "services",
    "splits",
    "subcategories",
    "units",
    "unused",
    "values",
)
MONEY = (*COSTS, "x_MeteredCost", "x_PlannedCost")
VOCABULARY = "doctor_vocabulary"
# A charge further than this from its billing period is a mistake: late usage and early invoices are nearer.
FAR_DAYS = 62


def check_rows(connection: "duckdb.DuckDBPyConnection", charges: str, costs: str) -> Iterator[Breach]:
    """Every breach in the rows of the relations `charges` and `costs`."""
    words = statement("outlay.views.checks", "vocabulary").format(charges=charges)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {VOCABULARY} AS {words}")
    for name in CHECKS:
        yield from summarise(connection, broken_rows(name, charges, costs))
    connection.execute(f"DROP TABLE {VOCABULARY}")


def broken_rows(name: str, charges: str, costs: str) -> str:
    """The query of one check: the rows that break its rules."""
    names = {"charges": charges, "costs": costs, "vocabulary": VOCABULARY, "days": str(FAR_DAYS)}
    return statement("outlay.views.checks", name).format(**names, **_facts(), **_columns())


@cache
def _facts() -> dict[str, str]:
    """Legal values as table expressions."""
    return {
        "allowed": _table(allowed_values(), "name, value"),
        "subcategories": _table(subcategories(), "subcategory, category"),
        "currencies": _table(((code,) for code in currencies()), "code"),
        "required": _table(_required(), "version, name"),
    }


@cache
def _columns() -> dict[str, str]:
    """Lists of columns and what is asked of them."""
    required = sorted({name for _, name in _required()})
    unequal = {c: f"coalesce(p.{c}, 0) <> coalesce(o.{c}, 0)" for c in MONEY}
    return {
        "columns": ", ".join(f"c.{quoted(c.name)}" for c in focus_columns()),
        "any_empty": " OR ".join(f"{quoted(n)} IS NULL" for n in required),
        "empty": " ".join(f"WHEN {literal(n)} THEN {quoted(n)} IS NULL" for n in required),
        "sums": ", ".join(f"sum(c.{c}) AS {c}" for c in MONEY),
        "unequal": " OR ".join(unequal.values()),
        "first_unequal": f"CASE {' '.join(f'WHEN {sql} THEN {literal(c)}' for c, sql in unequal.items())} END",
        "enumerated": " UNION ALL ".join(_used(name) for name in dict.fromkeys(n for n, _ in allowed_values())),
        "start": _iso("ChargePeriodStart"),
        "end": _iso("ChargePeriodEnd"),
        "billing_start": _iso("BillingPeriodStart"),
        "billing_end": _iso("BillingPeriodEnd"),
    }


def _required() -> list[tuple[str, str]]:
    """Every FOCUS version with the columns that must hold a value on every row."""
    return [(v, c.name) for v in FOCUS_VERSIONS for c in columns_of(v) if c.level == "mandatory" and not c.nullable]


def _used(name: str) -> str:
    """The words of one column in the vocabulary."""
    kept = "x_FileId, x_RowId, charges, BilledCost, BillingCurrency"
    return f"SELECT {kept}, {literal(name)} AS name, {quoted(name)} AS value FROM {VOCABULARY}"


def _iso(column: str) -> str:
    return f"strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"


def _table(rows: Iterable[tuple[str, ...]], columns: str) -> str:
    values = ", ".join(f"({', '.join(literal(v) for v in row)})" for row in rows)
    return f"(SELECT * FROM (VALUES {values}) AS t({columns}))"
