"""`outlay plan rebaseline`: a plan at today's prices."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.ask import times, whole
from outlay.cli.plan.options import FileArgument, read
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.rebaseline import Rebaselined

HELP = """Price a plan again at the prices of another day, today if none is said, and show what changed.

Prices of models fall fast: a plan of last half-year may be wrong by a multiple. The plan itself is not changed; set its
`prices` to the new day to adopt them.

Examples:

  outlay plan rebaseline plans/assistant.yaml

  outlay plan rebaseline plans/assistant.yaml --at 2027-01-01 --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("rebaseline", help=HELP)(rebaseline)


@reported
def rebaseline(
    file: FileArgument,
    at: Annotated[str, typer.Option("--at", help="The day of the prices; default: today.")] = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Price a plan again."""
    from outlay.plan.rebaseline import rebaseline as again

    plan, then = read(file, workspace)
    found = again(plan, then, replace(then, day=_day(at)))
    head = f"{plan.name}: prices of {found.first} against those of {found.second}; expected, {plan.plan.currency}"
    prices = [
        [p.provider, p.model, p.unit, *("-" if v is None else f"{v:g}" for v in (p.before, p.after))]
        for p in found.prices
    ]
    table = Table(["provider", "model", "unit", "before", "after"], prices, frozenset({"before", "after"}))
    beside = [("prices that changed, per million tokens", table)]
    foot = [] if found.lines else ["no line changes"]
    if found.lines:
        foot = [f"adopt them with `prices: {found.second}` in the plan, then record it: outlay decide"]
    emit(format, _table(found), _data(found), head=head, beside=beside, foot=foot)


def _day(text: str) -> date:
    if not text:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InputError("E-PRICE-002", f"not a day: {text!r}", "write 2027-01-31") from error


def _table(found: "Rebaselined") -> Table:
    columns = ["layer", "entry", "part", "before", "after", "difference", "times"]
    rows = [
        [c.layer, c.entry, c.part, whole(c.before), whole(c.after), whole(c.difference), times(c.after, c.before)]
        for c in found.lines
    ]
    total = ["total of the plan", "", "", whole(found.before), whole(found.after), whole(found.after - found.before)]
    return Table(columns, [*rows, [*total, times(found.after, found.before)]], frozenset(columns[3:]))


def _data(found: "Rebaselined") -> dict[str, Any]:
    line = ("layer", "entry", "part", "before", "after", "difference")
    price = ("provider", "model", "unit", "before", "after")
    return {
        "from": str(found.first),
        "to": str(found.second),
        "before": found.before,
        "after": found.after,
        "lines": [{name: getattr(one, name) for name in line} for one in found.lines],
        "prices": [{name: getattr(one, name) for name in price} for one in found.prices],
    }
