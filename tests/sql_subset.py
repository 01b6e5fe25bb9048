"""The subset of SQL that the files of the package keep to, so that other engines can run them too.

`faults` parses a statement with sqlglot and names what the design (section 6) excludes.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from outlay.ledger.tables import TABLES

MONEY = {c.name.lower() for table in TABLES.values() for c in table if c.kind in ("money", "price")}
# What stands for a placeholder where its own name would not be legal SQL, or hide that it is money.
PLACEHOLDERS = {
    "group": "x_Team, ",
    "keys": "1",
    "order": "1 NULLS LAST",
    "money": "EffectiveCost",
    "where": "true",
    "start": "ChargePeriodStart",
    "end": "ChargePeriodEnd",
    "empty": "WHEN 'InvoiceIssuerName' THEN InvoiceIssuerName IS NULL",
    "enumerated": "SELECT * FROM enumerated",
}
# JSON functions that may stand in a file: none so far.
JSON_ALLOWED: frozenset[str] = frozenset()
INEXACT = (exp.Avg, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Median)


def filled(text: str) -> str:
    """A statement with something legal in every `{placeholder}`."""
    return re.sub(r"\{(\w+)\}", lambda m: PLACEHOLDERS.get(m[1], m[1]), text)


def statements(root: Path) -> list[Path]:
    """Every SQL file below a folder."""
    return sorted(root.rglob("*.sql"))


def faults(sql: str) -> list[str]:
    """What a statement does that the subset excludes; an empty list when it keeps to it."""
    try:
        parsed = [s for s in sqlglot.parse(sql, dialect="duckdb") if s is not None]
    except SqlglotError as error:
        return [f"not parsed: {str(error).splitlines()[0]}"]
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
        return ["not one SELECT"]
    return [*_of_money(parsed[0]), *_of_shape(parsed[0]), *_of_names(parsed[0])]


def _of_money(tree: exp.Query) -> Iterator[str]:
    """Division and mean turn DECIMAL into DOUBLE without a word."""
    amounts = _amounts(tree)
    for node in tree.find_all(exp.Div, exp.IntDiv, *INEXACT):
        if any(column.name.lower() in amounts for column in node.find_all(exp.Column)):
            what = "division" if isinstance(node, exp.Div | exp.IntDiv) else type(node).__name__.lower()
            yield f"{what} of money: {node.sql('duckdb')}"


def _amounts(tree: exp.Query) -> set[str]:
    """The columns of money, and the names that the statement gives to what is made of them."""
    found = set(MONEY)
    while True:
        made = {a.alias.lower() for a in tree.find_all(exp.Alias) if _is_made_of(a.this, found)}
        if made <= found:
            return found
        found |= made


def _is_made_of(made: exp.Expression, amounts: set[str]) -> bool:
    counted = made.this if isinstance(made, exp.Filter) else made
    if isinstance(counted, exp.Count):
        return False
    return any(column.name.lower() in amounts for column in made.find_all(exp.Column))


def _of_shape(tree: exp.Query) -> Iterator[str]:
    for group in tree.find_all(exp.Group):
        if group.args.get("all"):
            yield "GROUP BY ALL"
    for made in tree.find_all(exp.Lambda):
        yield f"lambda: {made.sql('duckdb')}"
    for called in tree.find_all(exp.Func):
        name = (called.name if isinstance(called, exp.Anonymous) else called.sql_name()).lower()
        if "json" in name and name not in JSON_ALLOWED:
            yield f"JSON function: {name}"


def _of_names(tree: exp.Query) -> Iterator[str]:
    """DuckDB compares names without case, others do not, and an alias may hide a column."""
    spelled: dict[str, str] = {}
    for node in tree.find_all(exp.Identifier):
        first = spelled.setdefault(node.name.lower(), node.name)
        if first != node.name:
            yield f"names that differ only in case: {first}, {node.name}"
