"""`outlay plan ask`: what if."""

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit, money
from outlay.cli.plan.options import FileArgument, read

if TYPE_CHECKING:
    from outlay.plan.ask import Answer

HELP = """Ask a plan what if: it is computed again with other inputs, and the lines that change are shown.

10x multiplies the traffic. gpu-loss takes away the GPUs that are counted on: their hours are bought at the substitute,
or at the dearest known price. +1-tenant adds a tenant, which costs what it adds, not the average.

Examples:

  outlay plan ask plans/assistant.yaml 10x

  outlay plan ask plans/assistant.yaml +1-tenant --tenants 40 --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ask", help=HELP)(ask)


@reported
def ask(
    file: FileArgument,
    question: Annotated[str, typer.Argument(help="10x, 2x, 0.5x, gpu-loss or +1-tenant.", show_default=False)],
    tenants: Annotated[float | None, typer.Option(help="How many tenants there are.", min=1)] = None,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Ask a plan what if."""
    from outlay.plan.ask import ask as answer

    plan, prices = read(file, workspace)
    found = answer(plan, prices, question, tenants)
    head = f"{plan.name}, {question}: {found.words}; expected, {plan.plan.months} months, {plan.plan.currency}"
    emit(format, _table(found), _data(found), head=head, foot=_foot(found))


def whole(value: float) -> str:
    """An estimate as people read it."""
    return money(Decimal(repr(value)), 0)


def times(after: float, before: float) -> str:
    """How many times as much."""
    return f"{after / before:.2f}x" if before else "new"


def _table(found: "Answer") -> Table:
    columns = ["layer", "entry", "part", "before", "after", "difference", "times"]
    rows = [
        [c.layer, c.entry, c.part, whole(c.before), whole(c.after), whole(c.difference), times(c.after, c.before)]
        for c in found.lines
    ]
    total = ["total of the plan", "", "", whole(found.before), whole(found.after), whole(found.difference)]
    return Table(columns, [*rows, [*total, times(found.after, found.before)]], frozenset(columns[3:]))


def _foot(found: "Answer") -> list[str]:
    lines = list(found.notes)
    for limit in found.limits[:1]:
        at = "already" if limit.factor <= 1 else f"at {limit.factor:.2f} times the traffic"
        used = f"{limit.used.used:,.0f} of {limit.used.limit:,.0f} {limit.used.unit}"
        lines.append(f"first limit reached, {at}: {limit.used.name}, {used} then")
    lines += [f"also reached, at {r.factor:.2f} times the traffic: {r.used.name}" for r in found.limits[1:]]
    return lines or ["no limit of the plan is reached"]


def _data(found: "Answer") -> dict[str, Any]:
    return {
        "question": found.asked,
        "words": found.words,
        "before": found.before,
        "after": found.after,
        "difference": found.difference,
        "lines": [
            {**{n: getattr(c, n) for n in ("layer", "entry", "part", "before", "after", "difference")}}
            for c in found.lines
        ],
        "limits": [
            {"name": r.used.name, "factor": r.factor, "used": r.used.used, "limit": r.used.limit, "unit": r.used.unit}
            for r in found.limits
        ],
        "notes": list(found.notes),
    }
