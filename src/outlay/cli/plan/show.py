"""`outlay plan show`: the stack of a plan by layer and month."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, bar, emit, exact, money, percent
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, FileArgument, SeedOption, computed

if TYPE_CHECKING:
    from outlay.plan.stack import Spread, Stack

HELP = """Show what a plan costs: the stack by layer and by month, in three scenarios and at P50, P80 and P90.

Best, expected and stress are named values of the ranges; P80 is the cost that 80% of all draws stay below. The gap
table says what a first estimate would have left out.

Examples:

  outlay plan show plans/assistant.yaml

  outlay plan show plans/assistant.yaml --by month --format csv

  outlay plan show plans/assistant.yaml --html reports/assistant.html --png reports/pictures
"""
KEYS = ("best", "expected", "stress", "p50", "p80", "p90")
By = Literal["layer", "month", "line", "gap"]
HtmlOption = Annotated[
    Path | None, typer.Option("--html", help="Write a report to this file: one page, for screens and paper.")
]
SvgOption = Annotated[Path | None, typer.Option("--svg", help="Write the pictures to this folder as SVG.")]
PngOption = Annotated[Path | None, typer.Option("--png", help="Write the pictures to this folder as PNG.")]
ByOption = Annotated[By, typer.Option("--by", help="Rows of CSV and Markdown: layer, month, line or gap.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show", help=HELP)(show)


@reported
def show(
    file: FileArgument,
    by: ByOption = "layer",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    html: HtmlOption = None,
    svg: SvgOption = None,
    png: PngOption = None,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Show the stack of a plan."""
    stack = computed(file, workspace, draws, seed)
    files = write_files(stack, html, {"svg": svg, "png": png})
    tables = {"layer": layer_table, "month": month_table, "line": line_table, "gap": gap_table}
    beside = [(title, tables[name](stack)) for name, title in BESIDE] if by == "layer" else []
    meta = {"files": files} if files else None
    data = stack_data(stack) if format == "json" else None
    told = foot(stack) if format in ("table", "markdown") else []
    emit(format, tables[by](stack), data, head=head(stack), beside=beside, foot=told, meta=meta)


BESIDE: tuple[tuple[By, str], ...] = (
    ("month", "by month"),
    ("gap", "what a first estimate captures, and what production requires (expected)"),
)


def write_files(stack: "Stack", html: Path | None, folders: "Mapping[str, Path | None]") -> list[str]:
    """Write the report and the pictures that were asked for; says on stderr what was written."""
    if html is None and not any(folders.values()):
        return []
    from outlay.plan.charts.pictures import drawn
    from outlay.plan.report.page import page
    from outlay.plan.written import write_whole

    made = [(html, page(stack).encode())] if html else []
    made += [(folder / name, data) for kind, folder in folders.items() if folder for name, data in drawn(stack, kind)]
    for path, content in made:
        write_whole(path, content)
        typer.echo(f"written: {path}", err=True)
    return [str(path) for path, _ in made]


def head(stack: "Stack") -> str:
    """What is shown: whose plan, of which months, at whose prices."""
    plan = stack.plan.plan
    months = list(stack.months)
    owner = f" ({plan.owner})" if plan.owner else ""
    return f"{plan.plan}{owner}: {months[0]}..{months[-1]}, {plan.currency}, {stack.simulation.draws:,} draws"


def cells(spread: "Spread") -> list[str]:
    """A spread as people read it."""
    return [money(getattr(spread, key), 0) for key in KEYS]


def layer_table(stack: "Stack") -> Table:
    """Each layer, then the total. Percentiles of layers do not add up, so the total has its own."""
    largest = max((s.expected for s in stack.layers.values()), default=Decimal(0))
    rows = []
    for name, spread in stack.layers.items():
        share = percent(spread.expected / stack.total.expected) if stack.total.expected else "-"
        rows.append([name, *cells(spread), share, bar(spread.expected, largest)])
    rows.append(["total", *cells(stack.total), "100.0%", ""])
    return Table(["layer", *KEYS, "share", ""], rows, frozenset({*KEYS, "share"}))


def month_table(stack: "Stack") -> Table:
    """Each month."""
    rows = [[month, *cells(spread)] for month, spread in stack.months.items()]
    return Table(["month", *KEYS], rows, frozenset(KEYS))


def line_table(stack: "Stack") -> Table:
    """Each line in the three scenarios, with what it is computed from."""
    rows = [
        [line.layer, line.entry, line.part, *(money(v, 0) for v in line.costs), line.stage, line.why]
        for line in stack.lines
    ]
    return Table(["layer", "entry", "part", *KEYS[:3], "stage", "from"], rows, frozenset(KEYS[:3]))


def gap_table(stack: "Stack") -> Table:
    """What a first estimate holds beside what production asks for, by component."""
    rows = [
        [gap.component, money(gap.initial, 0), money(gap.production, 0), ", ".join(gap.beside)] for gap in stack.gaps
    ]
    columns = ["component", "initial estimate captures", "production requires", "beside it"]
    return Table(columns, rows, frozenset(columns[1:3]))


def foot(stack: "Stack") -> list[str]:
    """What to know beside the figures."""
    from outlay.plan.scenarios import SCENARIOS

    places = [f"{name} = P{round(100 * stack.percentile(i))}" for i, name in enumerate(SCENARIOS)]
    lines = [
        f"budget: P50 {money(stack.total.p50, 0)} and a contingency of {money(stack.contingency, 0)} make P80",
        f"scenarios among the draws: {', '.join(places)}",
    ]
    if swings := stack.swings[:3]:
        told = [f"{s.variable.name} {money(Decimal(s.width), 0)}" for s in swings]
        lines.append(f"moves most between its P10 and P90: {', '.join(told)}")
    if stack.draws_needed > stack.simulation.draws:
        lines.append(f"P90 is within 1% with {stack.draws_needed:,} draws: say --draws")
    lines += worth_told(stack)
    lines += [f"zero: {layer}, {reason}" for layer, reason in stack.plan.zeros.items()]
    if stack.plan.missing:
        lines.append(f"incomplete, not stated: {', '.join(stack.plan.missing)}")
    return lines


def worth_told(stack: "Stack") -> list[str]:
    """What the plan is worth, and what serving costs by the token with all that stands by."""
    from outlay.plan.value import effective_rates

    lines = [
        f"{rate.entry}: {rate.effective:,.2f} per million tokens with peaks and spares, {rate.benchmark:,.2f} when full"
        for rate in effective_rates(stack)
    ]
    if (told := value_data(stack)) is None:
        return lines
    covers = told["covers_at"]
    volume = (
        f"covers the cost from {covers:.2f} times the traffic on" if covers is not None else "no volume covers the cost"
    )
    profits = ", ".join(f"{name} {money(Decimal(repr(profit)), 0)}" for name, profit in told["profit"].items())
    success = (
        f"at {told['success_needed']:.0%} of the success that is planned" if told["success_needed"] is not None else ""
    )
    lines.append(f"value {money(Decimal(repr(told['value'])), 0)}: {volume}" + (f", or {success}" if success else ""))
    return [*lines, f"profit at the traffic of the plan and more: {profits}"]


def value_data(stack: "Stack") -> dict[str, Any] | None:
    """What the use cases are worth, for programs; None where the plan states none."""
    from outlay.plan.file.volumes import volumes
    from outlay.plan.value import covering_volume, profit_at, worth

    found = worth(stack)
    if not found:
        return None
    value, cost = sum(one.value for one in found), float(stack.total.expected)
    factors = (2, 10) if volumes(stack.plan) else ()
    return {
        "use_cases": [{n: getattr(one, n) for n in ("use_case", "kind", "successes", "value")} for one in found],
        "value": value,
        "covers_at": covering_volume(stack),
        "success_needed": cost / value if value else None,
        "cost_per_success": cost / successes if (successes := sum(one.successes for one in found)) else None,
        "profit": {"1x": value - cost, **{f"{f}x": profit_at(stack, float(f)) for f in factors}},
    }


def spread_data(spread: "Spread") -> dict[str, str | None]:
    """A spread for programs."""
    return {key: exact(getattr(spread, key)) for key in KEYS}


def stack_data(stack: "Stack") -> dict[str, Any]:
    """The stack for programs."""
    plan, months = stack.plan.plan, list(stack.months)
    return {
        "plan": plan.plan,
        "currency": plan.currency,
        "period": {"from": months[0], "to": months[-1], "months": plan.months},
        "prices": str(stack.day),
        "layers": [{"layer": name, **spread_data(s)} for name, s in stack.layers.items()],
        "total": spread_data(stack.total),
        "months": [{"month": month, **spread_data(s)} for month, s in stack.months.items()],
        "lines": [line_data(line) for line in stack.lines],
        "gap": [
            {"component": g.component, "initial": exact(g.initial), "production": exact(g.production)}
            for g in stack.gaps
        ],
        "value": value_data(stack),
        "contingency": exact(stack.contingency),
        "percentiles": {n: stack.percentile(i) for i, n in enumerate(KEYS[:3])},
        "knobs": list(stack.scenarios.knobs),
        "zeros": dict(stack.plan.zeros),
        "missing_layers": list(stack.plan.missing),
        "draws": stack.simulation.draws,
        "seed": stack.simulation.seed,
    }


def line_data(line: Any) -> dict[str, Any]:
    """A line for programs."""
    costs = {key: exact(value) for key, value in zip(KEYS[:3], line.costs, strict=True)}
    names = ("layer", "entry", "part", "stage", "fixed", "why", "owner")
    return {**{name: getattr(line, name) for name in names}, **costs}
