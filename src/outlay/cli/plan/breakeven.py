"""`outlay plan breakeven`: from which volume on self-hosting costs less."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import SEED, FileArgument, SeedOption, read

if TYPE_CHECKING:
    from outlay.plan.breakeven import Breakeven, Crossing

HELP = """Say from which volume on self-hosting costs less than calling hosted models, with every crossing.

The curve of self-hosting is computed from load and rises in steps: it may cross more than once. The same open model,
hosted by somebody, is always among what it is compared with. A probability is the share of draws in which self-hosting
costs less at that volume; low and high are the 10th and 90th percentile of the first crossing.

Examples:

  outlay plan breakeven plans/assistant.yaml

  outlay plan breakeven plans/assistant.yaml --no-labour --no-spares --format json
"""
SHOWN = 12
MOST_CROSSINGS = 5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("breakeven", help=HELP)(breakeven)


@reported
def breakeven(
    file: FileArgument,
    labour: Annotated[bool, typer.Option("--labour/--no-labour", help="With the people who run it.")] = True,
    spares: Annotated[bool, typer.Option("--spares/--no-spares", help="With replicas for failures.")] = True,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Compare self-hosting with hosted models."""
    from outlay.plan.breakeven import break_even

    plan, prices = read(file, workspace)
    found = break_even(plan, prices, labour=labour, spares=spares, seed=seed)
    beside = [("cost a month by tokens a month", _curves(found))]
    emit(
        format,
        _table(found),
        breakeven_data(found),
        head=_head(found, plan.plan.currency),
        beside=beside,
        foot=_foot(found),
    )


def _head(found: "Breakeven", currency: str) -> str:
    without = [word for word, there in (("labour", found.labour), ("spares", found.spares)) if not there]
    return f"{found.serving}: {found.told}; {currency}" + (f", without {' and '.join(without)}" if without else "")


def _table(found: "Breakeven") -> Table:
    columns = ["against", "crossing at", "then", "probability", "low", "high", "in the plan"]
    shown = [_cells(c) for name in _against(found) for c in _shown(found, name)]
    return Table(columns, shown, frozenset({"crossing at", "probability", "low", "high"}))


def _against(found: "Breakeven") -> list[str]:
    return list(dict.fromkeys(c.against for c in found.crossings))


def _shown(found: "Breakeven", against: str) -> "list[Crossing]":
    """The crossings with one alternative; where two curves run side by side, the first and the last ones."""
    own = [c for c in found.crossings if c.against == against]
    return own if len(own) <= MOST_CROSSINGS else [*own[:2], *own[-2:]]


def _cells(crossing: "Crossing") -> list[str]:
    then = "self-hosting costs less" if crossing.cheaper_above else "calling costs less again"
    if crossing.tokens_per_month is None:
        then = "calling costs less throughout"
        if crossing.probability > 0:
            then = f"calling costs less at the middle; it crosses in {crossing.probability:.0%} of all draws"
    low, high = (tokens(v) if v is not None else "-" for v in (crossing.low, crossing.high))
    month = crossing.month or ("not reached" if crossing.tokens_per_month is not None else "-")
    return [crossing.against, tokens(crossing.tokens_per_month), then, f"{crossing.probability:.0%}", low, high, month]


def tokens(count: float | None) -> str:
    """Tokens a month as people say them: 350M, 3.16B."""
    if count is None:
        return "never"
    for size, word in ((1e12, "T"), (1e9, "B"), (1e6, "M")):
        if count >= size:
            return f"{count / size:.3g}{word}"
    return f"{count:,.0f}"


def _curves(found: "Breakeven") -> Table:
    """Every so many of the volumes, each with the median cost of every way."""
    volumes = found.curves[0].tokens
    step = max(len(volumes) // SHOWN, 1)
    names = [curve.name for curve in found.curves]
    rows = [
        [tokens(float(volumes[i])), *(f"{curve.cost[i]:,.0f}" for curve in found.curves)]
        for i in range(0, len(volumes), step)
    ]
    return Table(["tokens a month", *names], rows, frozenset({"tokens a month", *names}))


def _foot(found: "Breakeven") -> list[str]:
    hidden = {
        name: sum(c.against == name for c in found.crossings) - len(_shown(found, name)) for name in _against(found)
    }
    told = "more crossings lie between them; --format json lists all"
    lines = [f"{name}: {count} {told}" for name, count in hidden.items() if count]
    for crossing in (c for name in _against(found) for c in _shown(found, name)):
        if crossing.tokens_per_month is not None and crossing.month_probability is not None:
            share = f"{crossing.month_probability:.0%}"
            lines.append(f"the plan reaches {tokens(crossing.tokens_per_month)} tokens a month in {share} of all draws")
    return [*lines, *([found.assumed] if found.assumed else [])]


def breakeven_data(found: "Breakeven") -> dict[str, Any]:
    """The crossings and curves for programs: floats, for they are estimates; `curve` is that of self-hosting."""
    return {
        "serving": found.serving,
        "labour": found.labour,
        "spares": found.spares,
        "crossings": [_crossing_data(c) for c in found.crossings],
        "curve": _points(found.curves[0]),
        "against": [{"name": curve.name, "curve": _points(curve)} for curve in found.curves[1:]],
        "assumed": found.assumed,
    }


def _crossing_data(crossing: "Crossing") -> dict[str, Any]:
    names = ("against", "tokens_per_month", "cheaper_above", "probability", "low", "high", "month", "month_probability")
    return {name: getattr(crossing, name) for name in names}


def _points(curve: Any) -> list[dict[str, float]]:
    rows = zip(curve.tokens, curve.cost, curve.low, curve.high, strict=True)
    names = ("tokens_per_month", "cost", "low", "high")
    return [dict(zip(names, map(float, row), strict=True)) for row in rows]
