"""`outlay variance`: a plan against what came."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from outlay.cli.options import AsOfOption, FormatOption, RangeOption, WhereOption, WorkspaceOption, prepare, reported
from outlay.cli.output import Table, emit, exact, money, percent
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.views.variance import Compared, Variance
    from outlay.workspace import Workspace

HELP = """Compare a plan in the ledger with what came: money, shares of plan and of actual, shares of the whole miss.

Load the plan first: its lines become planned charges. Both bases of a percentage are shown, for they differ: 615 after
a plan of 380 is 61.8% over the plan, and the plan was 38.2% under the actual.

Examples:

  outlay variance --plan assistant --range 2026-07

  outlay variance --plan assistant --range 2026-Q3 --by team --where project:assistant
"""
Kind = Literal["billed", "metered", "best"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("variance", help=HELP)(variance)


@reported
def variance(
    plan: Annotated[str, typer.Option(help="The name of a plan that was loaded; default: the only one.")] = "",
    range: RangeOption = "all",
    by: Annotated[str, typer.Option(help="Rows for each layer, team, feature ...")] = "layer",
    where: WhereOption = "",
    kind: Annotated[Kind, typer.Option(help="What it is compared with.")] = "billed",
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Compare a plan with what came."""
    from outlay.ledger.query import parse_filter
    from outlay.model.dimensions import dimension
    from outlay.model.period import parse_period
    from outlay.views.variance import ask_variance

    opened = prepare(workspace, as_of)
    account, period, asked = _account(opened, plan), parse_period(range, datetime.now(UTC).date()), dimension(by)
    live = opened.journal.live()
    found = ask_variance(
        opened.connection, opened.costs_in("", period), account, period, asked, parse_filter(where), live, kind
    )
    name = account.partition(":")[2]
    head = f"{name} against {kind}, {period}" + (f", {found.currency}" if found.currency else "")
    emit(format, _table(found, asked.name), _data(found, asked.key, name, str(period)), head=head, foot=_foot(found))


def _account(opened: "Workspace", plan: str) -> str:
    """The account of a plan of the ledger. Raises `InputError` with those that are there."""
    from outlay.views.deliveries import kind_of

    known = sorted({e.account for e in opened.journal.live() if kind_of(e) == "planned"})
    wanted = plan and f"plan:{plan}"
    if wanted in known or (not plan and len(known) == 1):
        return wanted or known[0]
    names = ", ".join(account.partition(":")[2] for account in known)
    hint = f"loaded: {names}" if names else "outlay load plans/NAME.yaml puts one there"
    message = (
        f"no plan {plan!r} in the ledger" if plan else "several plans: say --plan" if known else "no plan is loaded"
    )
    raise InputError("E-PLAN-042", message, hint)


def _table(found: "Variance", name: str) -> Table:
    columns = [name, "planned", "actual", "difference", "of plan", "of actual", "share of miss"]
    rows = [_cells(row, row.key or "(unknown)") for row in found.rows]
    total = _cells(found.total, "total")
    return Table(columns, [*rows, [*total[:-1], "100.0%" if found.total.difference else "-"]], frozenset(columns[1:]))


def _cells(row: "Compared", label: str) -> list[str]:
    shares = (row.of_plan, row.of_actual, row.of_miss)
    return [label, money(row.planned), money(row.actual), money(row.difference), *(percent(s) for s in shares)]


def _foot(found: "Variance") -> list[str]:
    total = found.total
    lines = []
    if total.planned:
        lines.append(f"actual is {total.actual / total.planned:.2f}x the plan")
    if found.forgotten:
        forgotten = sum((row.difference for row in found.rows if row.key in found.forgotten), Decimal(0))
        lines.append(f"planned as nothing: {', '.join(found.forgotten)}, {money(forgotten)}")
    if found.unclassified:
        lines.append(f"without a layer, not AI as far as is known, and not compared: {money(found.unclassified)}")
    return lines


def _data(found: "Variance", key: str, plan: str, period: str) -> dict[str, Any]:
    return {
        "plan": plan,
        "range": period,
        "currency": found.currency,
        "rows": [{key: row.key, **_figures(row)} for row in found.rows],
        "total": _figures(found.total),
        "not_planned": list(found.forgotten),
        "unclassified": exact(found.unclassified),
    }


def _figures(row: "Compared") -> dict[str, str | None]:
    names = ("planned", "actual", "difference", "of_plan", "of_actual", "of_miss")
    return {name: exact(getattr(row, name)) for name in names}
