"""`outlay plan calibrate`: assumptions as the ledger measured them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, prepare, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import FileArgument
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.model.period import Period
    from outlay.plan.calibrate import Calibrated, Seen
    from outlay.workspace import Workspace

HELP = """Replace assumptions of a plan by what the ledger measured, and show old and new.

An assumption says what measures it: `measure: input_tokens feature:answers`. The metrics are requests and tokens a
month, input_tokens and output_tokens of a request, cached_share, failed_share, and cost a month; a filter follows. With
--pilot volumes grow as they did then, and --scale carries them to production. The file is changed with --write only.

Examples:

  outlay plan calibrate plans/assistant.yaml --range last-30d

  outlay plan calibrate plans/assistant.yaml --pilot 2026-09-01..2026-10-12 --scale 30..50..90 --write
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("calibrate", help=HELP)(calibrate)


@reported
def calibrate(
    file: FileArgument,
    range: Annotated[str, typer.Option("--range", "-r", help="The days that are measured: last-30d, A..B ...")] = "",
    pilot: Annotated[str, typer.Option(help="The days of a pilot, in place of --range.")] = "",
    scale: Annotated[str, typer.Option(help="How much larger production is: 50, or 30..50..90.")] = "",
    write: Annotated[bool, typer.Option("--write", help="Change the plan.")] = False,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Calibrate a plan."""
    from outlay.model.period import parse_period
    from outlay.plan.calibrate import calibrated, checked, measures, rewritten, scale_of
    from outlay.plan.file.read import read_plan
    from outlay.plan.written import write_whole

    if bool(range) == bool(pilot) or (scale and not pilot):
        raise InputError("E-PLAN-089", "which days are measured is not told", "say --range, or --pilot with --scale")
    plan, period = read_plan(file), parse_period(range or pilot, datetime.now(UTC).date())
    named = measures(plan)
    if not named:
        hint = "write measure: requests feature:NAME beside an assumption"
        raise InputError("E-PLAN-089", "no assumption says what measures it", hint, str(file))
    opened = prepare(workspace or _beside(file))
    factor = scale_of(scale) if scale else None
    found = [
        calibrated(name, plan.assumptions[name], _seen(opened, metric, where, period), factor, bool(pilot))
        for name, (metric, where) in named.items()
    ]
    if write:
        days = f"ledger, {period}"
        changes = {c.name: _changes(c, days) for c in found if c.text}
        text = rewritten(file, changes)
        checked(file, text)
        write_whole(file, text.encode())
    foot = [f"{c.name}: {c.why_not}" for c in found if c.why_not]
    if any(c.text for c in found):
        foot.append(f"written: {file}" if write else "next: the same with --write changes the plan")
    emit(format, _table(found), _data(found, str(period), write), head=f"{plan.name} by {period}", foot=foot)


def _seen(opened: "Workspace", metric: str, where: str, period: "Period") -> "Seen":
    """What the ledger has of a metric, day by day."""
    from outlay.ledger.query import parse_filter
    from outlay.plan.calibrate import seen_of
    from outlay.views.measures import BESIDE, CALLS, METRICS, is_total, measured_days

    if metric not in METRICS:
        raise InputError("E-PLAN-089", f"unknown metric {metric!r}", f"known: {', '.join(METRICS)}")
    relation = opened.metered(beside=BESIDE) if metric in CALLS else opened.costs_in("", period)
    days = measured_days(opened.connection, relation, metric, parse_filter(where), period) if relation else []
    return seen_of(metric, where, [(day.above, day.below) for day in days], is_total(metric))


def _beside(file: Path) -> Path | None:
    """The workspace that a plan stands in."""
    from outlay.settings import FILE

    return next((p for p in file.resolve().parents if (p / FILE).exists()), None)


def _changes(one: "Calibrated", source: str) -> list[tuple[str, str]]:
    today = datetime.now(UTC).date().isoformat()
    growth = [("growth", one.growth_text)] if one.growth_text else []
    return [("value", one.text), *growth, ("source", source), ("date", today)]


def _table(found: "list[Calibrated]") -> Table:
    columns = ["assumption", "was", "measured", "growth", "days", "by"]
    rows = [[c.name, c.was, c.text or "unknown", c.growth_text, str(c.days), c.measure] for c in found]
    return Table(columns, rows, frozenset({"days"}))


def _data(found: "list[Calibrated]", period: str, written: bool) -> dict[str, Any]:
    names = ("name", "was", "text", "low", "middle", "high", "growth", "days", "measure", "why_not")
    return {"range": period, "written": written, "assumptions": [{n: getattr(c, n) for n in names} for c in found]}
