"""The picture of chance: the band that 80% of all draws lie in, by month and added up."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from outlay.charts.look import LABEL, Look, compact, dress, money_axis, month_ticks, sheet, spread_out
from outlay.plan.quantities.path import Array
from outlay.plan.stack import Stack

TITLE = "What chance makes of it: P10 to P90 of all draws"


@dataclass(frozen=True, slots=True)
class Band:
    """The 10th, the 50th and the 90th percentile of each month."""

    low: Array
    middle: Array
    high: Array

    @classmethod
    def of(cls, draws: Array) -> "Band":
        """The band of values of the shape (months, draws)."""
        low, middle, high = np.percentile(draws, (10, 50, 90), axis=1)
        return cls(low, middle, high)


def bands(stack: Stack) -> tuple[Band, Band]:
    """The band of each month by itself, and that of the cost up to it."""
    by_month = stack.simulation.by_month
    return Band.of(by_month), Band.of(by_month.cumsum(axis=0))


def draw(stack: Stack, look: Look) -> Figure:
    """Two fans: each month, and the sum up to it."""
    months, currency = list(stack.months), stack.plan.plan.currency
    figure = sheet(look, 5.6)
    each, summed = bands(stack)
    upper = figure.add_axes((0.075, 0.575, 0.79, 0.365))
    lower = figure.add_axes((0.075, 0.065, 0.79, 0.365))
    _fan(upper, look, months, each, f"Each month, {currency}")
    _fan(lower, look, months, summed, f"Added up from {months[0]}, {currency}")
    return figure


def _fan(axes: Axes, look: Look, months: Sequence[str], band: Band, title: str) -> None:
    dress(axes, look, title)
    # A month alone is drawn as wide as a month.
    x = np.arange(len(months)) if len(months) > 1 else np.array([-0.4, 0.4])
    low, middle, high = (np.broadcast_to(v, x.shape) if len(v) == 1 else v for v in (band.low, band.middle, band.high))
    axes.fill_between(x, low, high, facecolor=look.band, edgecolor="none")
    for edge in (low, high):
        axes.plot(x, edge, color=look.line, linewidth=0.9, linestyle=(0, (3, 2)))
    axes.plot(x, middle, color=look.line, linewidth=2)
    top = max(float(high.max()), 1.0) * 1.08
    axes.set(xlim=(x[0], x[-1]), ylim=(0, top))
    money_axis(axes.yaxis)
    month_ticks(axes, months)
    ends = [("P10", float(low[-1])), ("median", float(middle[-1])), ("P90", float(high[-1]))]
    for (name, value), place in zip(ends, spread_out([v for _, v in ends], top / 13, 0, top), strict=True):
        axes.annotate(
            f"{name}  {compact(value)}",
            (float(x[-1]), place),
            (6, 0),
            textcoords="offset points",
            color=look.ink,
            fontsize=LABEL,
            fontweight="bold" if name == "median" else "normal",
            va="center",
            annotation_clip=False,
        )


def told(stack: Stack) -> str:
    """The picture in words."""
    each, summed = bands(stack)
    months, currency = list(stack.months), stack.plan.plan.currency
    return (
        f"Two bands over {len(months)} months. The last month, {months[-1]}, lies between {currency} "
        f"{compact(float(each.low[-1]))} (P10) and {compact(float(each.high[-1]))} (P90), half of the draws below "
        f"{compact(float(each.middle[-1]))}. Added up over all months: between {compact(float(summed.low[-1]))} and "
        f"{compact(float(summed.high[-1]))}, half below {compact(float(summed.middle[-1]))}."
    )
