"""`outlay reconcile`: what was metered against what was billed."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import AsOfOption, FormatOption, RangeOption, WorkspaceOption, prepare, reported
from outlay.cli.output import Table, emit, exact, money, percent
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outlay.views.reconcile import Reconciled

HELP = """Compare what was metered with what was billed: coverage, difference, and the causes of it by name.

Coverage is the part of the bill that metered calls give an owner. The causes sum to the difference.

Examples:

  outlay reconcile --range 2026-10

  outlay reconcile --by provider,model,day --format csv
"""
STEPS = ("provider", "model", "day")
CENT = Decimal("0.005")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reconcile", help=HELP)(reconcile)


@reported
def reconcile(
    range: RangeOption = "all",
    by: Annotated[str, typer.Option(help="Rows for each provider, model or day.")] = "provider,model",
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Compare metered with billed."""
    from outlay.cli.price_views import age, told_age
    from outlay.model.period import parse_period
    from outlay.views.causes import CAUSES
    from outlay.views.reconcile import added

    opened = prepare(workspace, as_of)
    period = parse_period(range, datetime.now(UTC).date())
    found = opened.reconcile(period)
    names = _steps(by)
    rows, total = _grouped(found, names), added(found)
    columns = [*names, "currency", "billed", "metered", "coverage", "difference", "mostly"]
    cells = [[*_labels(r, names), r.currency, *_figures(r), _mostly(r)] for r in rows]
    foot = [f"  {money(v):>14}  {n}: {CAUSES[n]}" for n, v in _largest(total)] if total else []
    data = {
        "rows": [{**dict(zip(names, _keys(r, names), strict=True)), **reconciled_data(r)} for r in rows],
        "total": reconciled_data(total) if total else None,
        "period": str(period),
        "book": age(opened.metering.book),
    }
    head = f"metered against billed, {period}" + (f": {told(total)}" if total else "")
    numbers = frozenset({"billed", "metered", "coverage", "difference"})
    emit(
        format,
        Table(columns, cells, numbers),
        data,
        head=head,
        foot=[*(["causes of the difference:", *foot] if foot else _nothing(found)), told_age(opened.metering.book)],
        exactly=_exactly(rows, names),
    )


def _exactly(rows: "Sequence[Reconciled]", names: list[str]) -> Table:
    """The rows for programs: whole decimals, a column for each cause, and an empty cell for what is not known."""
    from outlay.views.causes import CAUSES

    causes = [re.sub(r"\W+", "_", name) for name in CAUSES]
    figures = ["billed", "metered", "explained", "coverage", "difference"]
    cells = [
        [*(value or "" for value in _keys(r, names)), r.currency, *(_figure(getattr(r, name)) for name in figures),
         *(_figure(r.causes.get(name, None if r.difference is None else Decimal(0))) for name in CAUSES)]
        for r in rows
    ]  # fmt: skip
    return Table([*names, "currency", *figures, *causes], cells)


def _figure(value: Decimal | None) -> str:
    return exact(value) or ""


def told(total: "Reconciled") -> str:
    """The headline: how much of the bill metering explains, and the difference."""
    if total.billed is None:
        return f"{money(total.metered)} {total.currency} metered, no bill"
    if total.metered is None:
        return f"{money(total.billed)} {total.currency} billed, nothing metered"
    words = f"{percent(total.coverage)} of {money(total.billed)} {total.currency} explained"
    return f"{words}, {money(total.metered)} metered, difference {money(total.difference)}"


def _nothing(found: "Sequence[Reconciled]") -> list[str]:
    if found:
        several = len({row.currency for row in found}) > 1
        return ["several currencies: no total"] if several else ["there is no difference to name"]
    return ["Neither a bill of a model API nor metered calls lie in this period. outlay load reads both."]


def _steps(by: str) -> list[str]:
    names = [name.strip() for name in by.split(",") if name.strip()]
    if wrong := [name for name in names if name not in STEPS]:
        raise InputError("E-RECONCILE-001", f"cannot reconcile by {wrong[0]!r}", f"known: {', '.join(STEPS)}")
    return names


def _grouped(found: "Sequence[Reconciled]", names: list[str]) -> "list[Reconciled]":
    """The rows by some of provider, model and day, and by currency."""
    from outlay.views.reconcile import added

    groups: dict[tuple[Any, ...], list[Reconciled]] = {}
    for row in found:
        groups.setdefault((*_keys(row, names), row.currency), []).append(row)
    sums = []
    for key, rows in groups.items():
        said = dict(zip(names, key, strict=False))
        if whole := added(rows, said.get("provider", ""), said.get("model"), said.get("day", "")):
            sums.append(whole)
    return sums


def _keys(row: "Reconciled", names: list[str]) -> list[str | None]:
    return [getattr(row, name) for name in names]


def _labels(row: "Reconciled", names: list[str]) -> list[str]:
    return [value or "(unknown)" for value in _keys(row, names)]


def _figures(row: "Reconciled") -> list[str]:
    return [money(row.billed), money(row.metered), percent(row.coverage), money(row.difference)]


def _largest(row: "Reconciled") -> list[tuple[str, Decimal]]:
    """The causes that show in cents, the largest first."""
    found = [(n, v) for n, v in row.causes.items() if abs(v) >= CENT]
    return sorted(found, key=lambda cause: -abs(cause[1]))


def _mostly(row: "Reconciled") -> str:
    largest = _largest(row)
    return largest[0][0] if largest else ""


def reconciled_data(row: "Reconciled") -> dict[str, Any]:
    """Metered against billed for programs: exact decimals, and every cause that is not 0."""
    return {
        "billed": exact(row.billed),
        "metered": exact(row.metered),
        "explained": exact(row.explained),
        "coverage": None if row.coverage is None else str(row.coverage),
        "difference": exact(row.difference),
        "currency": row.currency,
        "causes": {name: exact(value) for name, value in row.causes.items()},
    }
