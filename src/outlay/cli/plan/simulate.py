"""`outlay plan simulate`: how a plan may turn out, and what that hangs on."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit, exact, money
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, FileArgument, SeedOption, computed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from outlay.plan.sensitivity import Driver, Risk
    from outlay.plan.stack import Stack

HELP = """Say how a plan may turn out: percentiles of its total, what they hang on, and the risk of each layer.

The swing of a range is what the total does when that range alone goes from its 10th to its 90th percentile. The share
of variance comes from the draws themselves. The grade of a layer follows from what its ranges and twice the
traffic would add to the plan. Contingency is P80 less P50.

Examples:

  outlay plan simulate plans/assistant.yaml

  outlay plan simulate plans/assistant.yaml --draws 65536 --seed 7 --format json
"""
PERCENTILES = (5, 10, 25, 50, 75, 80, 90, 95, 99)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate", help=HELP)(simulate)


@reported
def simulate(
    file: FileArgument,
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Simulate a plan."""
    import numpy as np

    from outlay.plan.sensitivity import drivers, risks

    stack = computed(file, workspace, draws, seed)
    values = [float(v) for v in np.percentile(stack.simulation.total, PERCENTILES)]
    rows = [[f"P{p}", _whole(value)] for p, value in zip(PERCENTILES, values, strict=True)]
    told, graded = drivers(stack), risks(stack)
    plan = stack.plan.plan
    head = f"{plan.plan}: total of {plan.months} months, {plan.currency}, {draws:,} draws, seed {seed}"
    data = {
        **_data(stack, dict(zip(PERCENTILES, values, strict=True))),
        "drivers": [_fields(d, DRIVER) for d in told],
        "risks": [_fields(r, RISK) for r in graded],
    }
    beside = [("what it hangs on", _drivers(told)), ("risk by layer, as shares of the whole plan", _risks(graded))]
    table = Table(["percentile", "total"], rows, frozenset({"total"}))
    emit(format, table, data, head=head, beside=beside, foot=_foot(stack))


DRIVER = ("name", "group", "owner", "share", "low", "high")
RISK = ("layer", "grade", "spread", "elasticity", "at_double")


def _drivers(told: "Sequence[Driver]") -> Table:
    columns = ["range", "of variance", "at its P10", "at its P90", "swing", "group", "owner"]
    rows = [
        [d.name, f"{d.share:.0%}", _whole(d.low), _whole(d.high), _whole(abs(d.high - d.low)), d.group, d.owner]
        for d in told
    ]
    return Table(columns, rows, frozenset(columns[1:5]))


def _risks(graded: "Sequence[Risk]") -> Table:
    columns = ["layer", "risk", "P90 over P50", "elasticity", "at twice the traffic"]
    rows = [[r.layer, r.grade, f"{r.spread:+.1%}", f"{r.elasticity:.2f}", f"{r.at_double:+.1%}"] for r in graded]
    return Table(columns, rows, frozenset(columns[2:]))


def _whole(value: float) -> str:
    return money(Decimal(repr(value)), 0)


def _foot(stack: "Stack") -> list[str]:
    knobs = ", ".join(stack.scenarios.knobs) or "none"
    needed = f"P90 is within 1% from {stack.draws_needed:,} draws on"
    contingency = f"contingency, P80 less P50: {money(stack.contingency, 0)}"
    return [contingency, f"stress moves: {knobs}", needed]


def _data(stack: "Stack", percentiles: dict[int, float]) -> dict[str, Any]:
    return {
        "plan": stack.plan.name,
        "currency": stack.plan.plan.currency,
        "draws": stack.simulation.draws,
        "seed": stack.simulation.seed,
        "percentiles": {f"p{p}": value for p, value in percentiles.items()},
        "contingency": exact(stack.contingency),
        "draws_needed": stack.draws_needed,
        "scenario_percentiles": {name: stack.percentile(i) for i, name in enumerate(("best", "expected", "stress"))},
    }


def _fields(record: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(record, name) for name in names}
