"""Is the ledger sound: every rule that its charges and costs break, with the rows, the money and what to do."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from outlay.ledger.journal import Entry, Journal
from outlay.model.problem import Problem
from outlay.model.values import allowed_values
from outlay.views.checks.breach import Breach
from outlay.views.checks.deliveries import check_deliveries, check_invoices, check_totals
from outlay.views.checks.documents import check_documents
from outlay.views.checks.rows import check_rows
from outlay.views.checks.rules import Severity, rules

if TYPE_CHECKING:
    import duckdb

MONEY = re.compile(r"^-?\d+\.\d{12}$")
EXAMPLES, SHOWN = 3, 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule in one column: where it is broken first, how often, and the money in question.

    `file` and `row` (1 is the first data row) are those of the first breach, `files` says in how many files there
    are others. `code` is stable. What the loader found keeps the loader's code.
    """

    code: str
    check: str
    severity: Severity
    message: str
    hint: str
    count: int = 1
    money: Decimal | None = None
    currency: str | None = None
    file: str = ""
    row: int | None = None
    column: str = ""
    examples: tuple[str, ...] = field(default=())
    files: int = 1

    @property
    def place(self) -> str:
        """`file:row:column`, as far as known."""
        where = None if self.row is None else f"row {self.row}"
        return ":".join(str(p) for p in (self.file, where, self.column) if p)


# Told by `outlay problems`, but no mistake of a bill: words of others in columns that are named as ours.
OURS = ("W-CLASSIFY-001",)


def examine(
    connection: "duckdb.DuckDBPyConnection",
    charges: str,
    costs: str,
    journal: Journal,
    problems: Sequence[Problem] | None = None,
    invoices: Mapping[str, Decimal] | None = None,
) -> tuple[Finding, ...]:
    """Every broken rule of a ledger, errors first. `charges` and `costs` are the relations of all live rows.

    `problems` are those that loading recorded, `invoices` the totals of invoices as they were received.
    """
    live = journal.live()
    breaches = [
        *check_rows(connection, charges, costs),
        *check_documents(connection, charges),
        *check_totals(connection, charges, costs, live),
        *check_deliveries(live),
        *check_invoices(connection, charges, invoices or {}),
    ]
    told = [p for p in problems or () if p.code not in OURS]
    found = [*_merged(_finding(b, _names(live)) for b in breaches), *_merged(_recorded(p) for p in told)]
    return tuple(sorted(found, key=_order))


def _finding(breach: Breach, names: Mapping[str, str]) -> Finding:
    rule = rules()[breach.code]
    said = {
        "column": breach.column,
        "value": _plain(breach.value),
        "expected": _plain(breach.expected),
        "n": breach.count,
        "allowed": _allowed(breach.column, breach.value or ""),
    }
    return Finding(
        code=rule.code,
        check=rule.check,
        severity=rule.severity,
        message=rule.message.format(**said),
        hint=rule.hint.format(**said),
        count=breach.count,
        money=breach.money,
        currency=breach.currency,
        file=names.get(breach.file_id, breach.file_id),
        row=breach.row,
        column=breach.column,
        examples=tuple(_plain(v) for v in breach.examples),
    )


def _recorded(problem: Problem) -> Finding:
    """What loading found wrong."""
    return Finding(
        code=problem.code,
        check="loading",
        severity="error" if problem.code.startswith("E") else "warning",
        message=problem.message,
        hint=problem.hint,
        count=problem.count,
        file=problem.file,
        row=problem.row,
        column=problem.column,
        examples=(problem.value,) if problem.value else (),
    )


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per code, column and currency: that of the first file, with the counts and money of all."""
    found: dict[tuple[str, str, str | None], Finding] = {}
    seen: dict[tuple[str, str, str | None], set[str]] = {}
    for finding in sorted(findings, key=_place):
        key = (finding.code, finding.column, finding.currency)
        seen.setdefault(key, set()).add(finding.file)
        found[key] = _sum(found[key], finding, len(seen[key])) if key in found else finding
    return list(found.values())


def _sum(one: Finding, other: Finding, files: int) -> Finding:
    known = [m for m in (one.money, other.money) if m is not None]
    examples = tuple(dict.fromkeys((*one.examples, *other.examples)))[:EXAMPLES]
    money = sum(known, Decimal(0)) if known else None
    return replace(one, count=one.count + other.count, money=money, examples=examples, files=files)


def _place(finding: Finding) -> tuple[str, int]:
    return finding.file, finding.row or 0


def _order(finding: Finding) -> tuple[bool, Decimal, str, str, str]:
    """Errors first, then by money."""
    return finding.severity != "error", -abs(finding.money or Decimal(0)), finding.code, finding.column, finding.place


def _names(live: Sequence[Entry]) -> dict[str, str]:
    return {str(file["id"]): str(file["name"]) for entry in live for file in entry.files}


def _allowed(column: str, value: str) -> str:
    """The legal values of a column, or those nearest to `value` where there are many."""
    legal = [known for name, known in allowed_values() if name == column]
    near = difflib.get_close_matches(value, legal, n=1)
    shown = f"{', '.join(legal[:SHOWN])}{', ...' if len(legal) > SHOWN else ''}"
    return (f"did you mean {near[0]}? " if near else "") + f"allowed: {shown}"


def _plain(value: str | None) -> str:
    """A value as a person writes it: no zeros at the end of a decimal."""
    if value is None:
        return "nothing"
    return value.rstrip("0").rstrip(".") if MONEY.match(value) else value
