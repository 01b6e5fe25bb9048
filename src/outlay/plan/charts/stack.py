"""The picture of a stack: what each month is expected to cost, layer upon layer, under the line that 80% stay below."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from outlay.charts.look import (
    LABEL,
    Look,
    compact,
    dress,
    layer_marks,
    lead,
    money_axis,
    month_ticks,
    sheet,
    spread_out,
)
from outlay.plan.by_month import layers_by_month
from outlay.plan.quantities.path import Array
from outlay.plan.stack import Stack

TITLE = "Cost of each month by layer, expected"
ROW = 0.052
DASHED = (0, (3.5, 1.5))


def draw(stack: Stack, look: Look) -> Figure:
    """The months of a plan, stacked by layer."""
    months = list(stack.months)
    figure = sheet(look, 4.7)
    axes = figure.add_axes((0.075, 0.085, 0.61, 0.82))
    dress(axes, look, f"{TITLE}, in {stack.plan.plan.currency}; dashed: 80% of draws stay below")
    edges = np.arange(len(months) + 1)
    base = np.zeros(len(months))
    ends: list[tuple[str, float]] = []
    costs = layers_by_month(stack)
    for layer, mark in layer_marks(look).items():
        if layer in costs:
            top = base + costs[layer]
            fill = {"facecolor": mark.colour, "edgecolor": look.paper, "hatch": mark.hatch, "linewidth": 0.5}
            axes.stairs(top, edges, baseline=base, fill=True, **fill)  # type: ignore[arg-type]
            ends.append((layer, float((base[-1] + top[-1]) / 2)))
            base = top
    p80 = np.array([float(spread.p80) for spread in stack.months.values()])
    axes.stairs(p80, edges, baseline=None, color=look.ink, linewidth=1.4, linestyle=DASHED)
    highest = max(float(p80.max()), float(base.max()), 1.0) * 1.06
    axes.set(xlim=(0, len(months)), ylim=(0, highest))
    money_axis(axes.yaxis)
    month_ticks(axes, months, at=0.5)
    told_beside = _totals(costs) | {"P80": f"{compact(float(p80[-1]))} in {months[-1]}"}
    _label(axes, look, [*ends, ("P80", float(p80[-1]))], told_beside)
    return figure


def _totals(costs: Mapping[str, Array]) -> dict[str, str]:
    whole = sum(float(c.sum()) for c in costs.values()) or 1.0
    return {layer: f"{compact(float(c.sum()))}, {float(c.sum()) / whole:.1%}" for layer, c in costs.items()}


def _label(axes: Axes, look: Look, ends: list[tuple[str, float]], told: Mapping[str, str]) -> None:
    """Name each layer beside its last month, with its mark and a line to it."""
    marks = layer_marks(look)
    top = axes.get_ylim()[1]
    ends = sorted(((name, value / top) for name, value in ends), key=lambda end: end[1])
    places = spread_out([value for _, value in ends], ROW, ROW / 2, 1)
    for (name, value), place in zip(ends, places, strict=True):
        dashes = {"linewidth": 1.4, "linestyle": DASHED} if name == "P80" else {"linewidth": 0.6}
        lead(axes, value, place, color=look.ink if name == "P80" else look.quiet, **dashes)
        if name in marks:
            fill = {"facecolor": marks[name].colour, "edgecolor": look.paper, "hatch": marks[name].hatch * 2}
            corner, width = (1.06, place - ROW * 0.34), 0.032
            key = Rectangle(corner, width, ROW * 0.68, transform=axes.transAxes, clip_on=False, linewidth=0, **fill)  # type: ignore[arg-type]
            axes.add_patch(key)
        beside = {"transform": axes.transAxes, "va": "center"}
        weight = "bold" if name == "P80" else "normal"
        axes.text(1.105, place, name, color=look.ink, fontsize=LABEL, fontweight=weight, **beside)  # type: ignore[arg-type]
        axes.text(1.5, place, told[name], color=look.quiet, fontsize=LABEL - 1, ha="right", **beside)  # type: ignore[arg-type]


def told(stack: Stack) -> str:
    """The picture in words."""
    costs = layers_by_month(stack)
    months = list(stack.months)
    whole = sum(float(c.sum()) for c in costs.values()) or 1.0
    largest = sorted(costs, key=lambda layer: -float(costs[layer].sum()))[:3]
    shares = ", ".join(f"{layer} {float(costs[layer].sum()) / whole:.0%}" for layer in largest)
    first, last = stack.months[months[0]], stack.months[months[-1]]
    currency = stack.plan.plan.currency
    return (
        f"Stacked months from {months[0]} to {months[-1]}, {len(costs)} layers. Expected {currency} "
        f"{compact(float(first.expected))} in the first month and {compact(float(last.expected))} in the last, which "
        f"80% of draws keep below {compact(float(last.p80))}. The largest layers: {shares}."
    )
