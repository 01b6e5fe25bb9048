"""`outlay reprice`: past calls by the prices that are known today."""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, find_workspace, reported
from outlay.cli.output import Table, emit, exact, money
from outlay.model.plural import plural
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from outlay.ledger.reprice import Repriced

HELP = """Price past calls again by the present price book, and say what changes for each team and model.

Calls keep the prices that were known when they were loaded until this is run. The calls that change keep what they cost
before and with which rate: outlay query "SELECT * FROM events WHERE was_rate_id IS NOT NULL".

Examples:

  outlay reprice --since 2026-05-01 --dry-run

  outlay reprice --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reprice", help=HELP)(reprice)


@reported
def reprice(
    since: Annotated[str, typer.Option(help="The first day to price again; default: all.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Price past calls again."""
    from outlay.cli.price_views import age, told_age

    day = _day(since)
    opened = find_workspace(workspace)
    found = opened.reprice(day, dry_run=dry_run)
    book = opened.metering.book
    columns = ["team", "provider", "model", "requests", "before", "after", "difference", "currency"]
    rows = [
        [*(r.team or "(unknown)", r.provider, r.model, f"{r.requests:,}", money(r.before), money(r.after)),
         *(money(r.difference), r.currency)]
        for r in found
        if r.before is not None or r.after is not None
    ]  # fmt: skip
    numbers = frozenset({"requests", "before", "after", "difference"})
    foot = [*_said(found, dry_run), told_age(book)]
    data = {
        "since": day or None,
        "dry_run": dry_run,
        "rows": [_data(r) for r in found],
        "became_known": _requests(r for r in found if r.learnt),
        "became_unknown": _requests(r for r in found if r.lost),
        "book": age(book),
    }
    emit(format, Table(columns, rows, numbers), data, foot=foot)


def _day(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError("E-REPRICE-001", f"not a day: {text!r}", "write 2026-05-01") from error


def _said(found: "tuple[Repriced, ...]", dry_run: bool) -> list[str]:
    if not found:
        return ["no call has another price by the present book"]
    changed, became = ("would change", "would become") if dry_run else ("changed", "became")
    lines = [
        f"{plural(_requests(rows), 'request')} {changed} by {money(total)} {unit}" for unit, rows, total in _sums(found)
    ]
    kinds = [
        (f"{became} known", [r for r in found if r.learnt]),
        (f"{became} unknown", [r for r in found if r.lost]),
        ("stays unknown", [r for r in found if r.before is None and r.after is None]),
    ]
    return [*lines, *(f"the cost of {plural(_requests(rows), 'request')} {said}" for said, rows in kinds if rows)]


def _sums(found: "tuple[Repriced, ...]") -> list[tuple[str, list["Repriced"], Decimal]]:
    """The changes with a known difference and their sum, by currency."""
    known = [r for r in found if r.difference is not None]
    units = sorted({r.currency for r in known})
    rows = {unit: [r for r in known if r.currency == unit] for unit in units}
    return [(unit, rows[unit], sum((r.difference or Decimal(0) for r in rows[unit]), Decimal(0))) for unit in units]


def _requests(rows: "Iterable[Repriced]") -> int:
    return sum(r.requests for r in rows)


def _data(row: "Repriced") -> dict[str, Any]:
    return {
        "team": row.team,
        "provider": row.provider,
        "model": row.model,
        "requests": row.requests,
        "before": exact(row.before),
        "after": exact(row.after),
        "difference": exact(row.difference),
        "currency": row.currency or None,
        "rates": [{"before": old, "after": new} for old, new in row.rates],
    }
