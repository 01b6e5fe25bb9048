"""`outlay plan compare`: two plans for the same work."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.ask import whole
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, SeedOption, computed

if TYPE_CHECKING:
    from outlay.plan.compare import Comparison
    from outlay.plan.token_rates import Rate

HELP = """Compare two plans for the same work: totals, the cost of a task, and seven rows beside the price of an hour.

A GPU hour that is a fifth cheaper may cost more with storage, egress, integration, tooling and gaps in the SLA. What a
plan does not state is unknown. If the cheaper one asks more for egress, the GB a month are told at which it ceases to
pay. A table shows dollars per million tokens at the mix of both plans, by volume.

Examples:

  outlay plan compare plans/here.yaml plans/there.yaml

  outlay plan compare plans/api.yaml plans/self-hosted.yaml --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare", help=HELP)(compare)


@reported
def compare(
    first: Annotated[Path, typer.Argument(help="A plan.", show_default=False)],
    second: Annotated[Path, typer.Argument(help="Another plan.", show_default=False)],
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Compare two plans."""
    from outlay.plan.compare import compare as beside_each_other
    from outlay.plan.token_rates import token_rates

    stacks = [computed(path, workspace, draws, seed) for path in (first, second)]
    found = beside_each_other(*stacks)
    rates = [token_rates(stack.plan, stack.prices) for stack in stacks]
    merged = {rate.name: rate for _, told in rates for rate in told}
    mix = next((share for share, told in rates if told), 0.0)
    head = (
        f"{found.first.name} and {found.second.name}; expected, {found.months} months, {stacks[0].plan.plan.currency}"
    )
    beside = [
        (f"dollars per million tokens, {mix:.0%} of them input, by tokens a month", _rate_table(list(merged.values())))
    ]
    emit(format, _table(found), _data(found, list(merged.values()), mix), head=head, beside=beside, foot=_foot(found))


def _cell(value: float | None, small: bool = False) -> str:
    if value is None:
        return "unknown"
    return f"{value:,.4g}" if small else whole(value)


def _table(found: "Comparison") -> Table:
    from outlay.plan.compare import REST, ROWS

    sides = (found.first, found.second)
    shown = (*ROWS, REST)
    rows = [[WORDS.get(row, row), *(_cell(side.rows[row], row == "rate") for side in sides)] for row in shown]
    rows.append(["total of the plan", *(_cell(side.total) for side in sides)])
    rows.append(["per task", *(_cell(side.per_task, small=True) for side in sides)])
    columns = ["", found.first.name, found.second.name]
    return Table(["of the plan", *columns[1:]], rows, frozenset(columns[1:]))


WORDS = {"rate": "rate of a GPU hour"}


def _rate_table(rates: "list[Rate]") -> Table:
    from outlay.cli.plan.breakeven import tokens
    from outlay.plan.token_rates import VOLUMES

    columns = ["model", *(tokens(volume) for volume in VOLUMES)]
    rows = [[rate.name, *(f"{value:,.3f}" for value in rate.usd_per_mtok)] for rate in rates]
    return Table(columns, rows, frozenset(columns[1:]))


def _foot(found: "Comparison") -> list[str]:
    lines = [f"{found.second.name} costs less in {found.cheaper_share:.0%} of all draws"]
    if found.stops_paying_gb is not None:
        cheap = min((found.first, found.second), key=lambda side: side.total - (side.rows["egress"] or 0.0))
        lines.append(f"{cheap.name} pays up to {found.stops_paying_gb:,.0f} GB a month that leave it")
    return lines


def _data(found: "Comparison", rates: "list[Rate]", mix: float) -> dict[str, Any]:
    from outlay.plan.token_rates import VOLUMES

    sides = [
        {
            "plan": s.name,
            "rows": s.rows,
            "total": s.total,
            "tasks": s.tasks,
            "per_task": s.per_task,
            "egress_gb": s.egress_gb,
        }
        for s in (found.first, found.second)
    ]
    told = [
        {
            "name": rate.name,
            "rates": [
                {"tokens_per_month": v, "usd_per_mtok": r} for v, r in zip(VOLUMES, rate.usd_per_mtok, strict=True)
            ],
        }
        for rate in rates
    ]
    return {
        "months": found.months,
        "plans": sides,
        "second_cheaper_share": found.cheaper_share,
        "stops_paying_gb": found.stops_paying_gb,
        "input_share": mix,
        "token_rates": told,
    }
