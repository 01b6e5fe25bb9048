"""The picture of a break-even: what ways to serve a model cost a month against how many tokens they serve."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from outlay.plan.charts.look import LABEL, Look, compact, dress, lead, sheet, shortened, spread_out
from outlay.plan.quantities.path import Array

TITLE = "Cost a month against tokens a month"


@dataclass(frozen=True, slots=True)
class Curve:
    """What one way costs a month at so many tokens a month; `low` and `high` are the ends of its band."""

    name: str
    tokens: Array
    cost: Array
    low: Array | None = None
    high: Array | None = None


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where the first curve crosses the one named `against`, and how likely there is such a place."""

    against: str
    tokens_per_month: float
    probability: float


DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (7, 2, 1.5, 2)), (0, (1, 1)), (0, (10, 2)))
LINE = 0.21


def draw(curves: Sequence[Curve], crossings: Sequence[Crossing], currency: str, look: Look) -> Figure:
    """The curves on logarithmic axes, their bands, and a numbered mark at each crossing."""
    foot = LINE * (len(crossings) + 0.4) * bool(crossings)
    height = 4.6 + foot
    figure = sheet(look, height)
    axes = figure.add_axes((0.075, (0.5 + foot) / height, 0.66, 1 - (0.85 + foot) / height))
    dress(axes, look, f"Cost in {currency} a month against tokens a month", grid="both")
    axes.set(xscale="log", yscale="log")
    colours = (look.line, look.warm, look.data[0], look.people[0], look.quiet, look.running[0])
    for index, curve in enumerate(curves):
        _curve(axes, curve, colours[index % len(colours)], index)
    _limits(axes, curves)
    _name(axes, look, curves, colours)
    for number, crossing in enumerate(crossings, 1):
        _mark(axes, look, number, crossing, curves)
        text = f"{number}   {compact(crossing.tokens_per_month)} tokens a month: crosses "
        text += f"{shortened(crossing.against, 44)} in {crossing.probability:.0%} of draws"
        place = (0.075, (foot - LINE * (number - 0.4)) / height)
        figure.text(*place, text, color=look.ink, fontsize=LABEL, va="center")
    return figure


def _curve(axes: Axes, curve: Curve, colour: str, index: int) -> None:
    if curve.low is not None and curve.high is not None:
        axes.fill_between(curve.tokens, curve.low, curve.high, facecolor=colour, alpha=0.16, edgecolor="none")
    dash = DASHES[index % len(DASHES)]
    axes.plot(curve.tokens, curve.cost, color=colour, linewidth=1.9, linestyle=dash)


def _limits(axes: Axes, curves: Sequence[Curve]) -> None:
    """Room for every curve and band, and ticks that read as amounts."""
    values = [v for c in curves for v in (c.cost, c.low, c.high) if v is not None]
    costs = np.concatenate([v[np.isfinite(v) & (v > 0)] for v in values]) if values else np.array([1.0])
    tokens = np.concatenate([c.tokens for c in curves]) if curves else np.array([1.0, 10.0])
    lowest, highest = (float(costs.min()), float(costs.max())) if len(costs) else (1.0, 10.0)
    axes.set(xlim=(float(tokens.min()), float(tokens.max())), ylim=(lowest / 1.3, highest * 1.5))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(10, numticks=8))
        axis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        axis.set_minor_formatter(NullFormatter())


def _name(axes: Axes, look: Look, curves: Sequence[Curve], colours: Sequence[str]) -> None:
    """Name each curve at its right end, after a piece of it."""
    bottom, top = np.log10(axes.get_ylim())
    ends = sorted(
        (float((np.log10(max(c.cost[-1], 1e-12)) - bottom) / (top - bottom)), i) for i, c in enumerate(curves)
    )
    places = spread_out([value for value, _ in ends], 0.06, 0, 1)
    for (value, index), place in zip(ends, places, strict=True):
        lead(
            axes,
            value,
            place,
            color=colours[index % len(colours)],
            linestyle=DASHES[index % len(DASHES)],
            linewidth=1.6,
        )
        name = shortened(curves[index].name, 28)
        axes.text(1.065, place, name, transform=axes.transAxes, color=look.ink, fontsize=LABEL, va="center")


def _mark(axes: Axes, look: Look, number: int, crossing: Crossing, curves: Sequence[Curve]) -> None:
    """A numbered mark where a curve is crossed, and a line down to its tokens."""
    crossed = next((c for c in curves if c.name == crossing.against), curves[0])
    place = np.log10(crossing.tokens_per_month)
    cost = 10 ** float(np.interp(place, np.log10(crossed.tokens), np.log10(np.maximum(crossed.cost, 1e-12))))
    spot = crossing.tokens_per_month, cost
    axes.vlines(spot[0], axes.get_ylim()[0], cost, color=look.quiet, linewidth=0.8, linestyle=(0, (1, 2)))
    axes.plot(*spot, marker="o", markersize=11, color=look.paper, markeredgecolor=look.ink, markeredgewidth=1.1)
    axes.annotate(str(number), spot, color=look.ink, fontsize=LABEL - 1, ha="center", va="center_baseline")


def told(curves: Sequence[Curve], crossings: Sequence[Crossing], currency: str) -> str:
    """The picture in words."""
    ends = "; ".join(
        f"{c.name} from {currency} {compact(float(c.cost[0]))} to {compact(float(c.cost[-1]))}" for c in curves
    )
    if not crossings:
        return f"{len(curves)} curves, none crosses: {ends}."
    found = "; ".join(
        f"{c.against} at {compact(c.tokens_per_month)} tokens a month in {c.probability:.0%} of draws"
        for c in crossings
    )
    return f"{len(curves)} curves: {ends}. Crossed: {found}."
