"""The picture of a break-even: what ways to serve a model cost a month against how many tokens they serve."""

from collections.abc import Sequence
from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from outlay.charts.look import LABEL, Look, compact, dress, lead, sheet, shortened, spread_out
from outlay.plan.breakeven.curves import Crossing, Curve

TITLE = "Cost a month against tokens a month"


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
        place = (0.075, (foot - LINE * (number - 0.4)) / height)
        figure.text(*place, f"{number}   {_words(crossing)}", color=look.ink, fontsize=LABEL, va="center")
    _mark(axes, look, crossings, curves)
    return figure


def _words(crossing: Crossing) -> str:
    """A crossing in words; without one, that there is none."""
    name, share = shortened(crossing.against, 60), f"{crossing.probability:.0%} of draws"
    if crossing.tokens_per_month is None:
        return f"no crossing with {name}; there is one in {share}"
    then = "cheaper" if crossing.cheaper_above else "dearer again"
    return f"above {compact(crossing.tokens_per_month)} tokens a month {then} than {name}; cheaper there in {share}"


def _curve(axes: Axes, curve: Curve, colour: str, index: int) -> None:
    axes.fill_between(curve.tokens, curve.low, curve.high, facecolor=colour, alpha=0.16, edgecolor="none")
    dash = DASHES[index % len(DASHES)]
    axes.plot(curve.tokens, curve.cost, color=colour, linewidth=1.9, linestyle=dash)


def _limits(axes: Axes, curves: Sequence[Curve]) -> None:
    """Room for every curve and band, and ticks that read as amounts."""
    values = [v for c in curves for v in (c.cost, c.low, c.high)]
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
    places = spread_out([value for value, _ in ends], 0.085, 0, 1)
    for (value, index), place in zip(ends, places, strict=True):
        lead(
            axes,
            value,
            place,
            color=colours[index % len(colours)],
            linestyle=DASHES[index % len(DASHES)],
            linewidth=1.6,
        )
        name = "\n".join(wrap(shortened(curves[index].name, 50), 26))
        axes.text(1.065, place, name, transform=axes.transAxes, color=look.ink, fontsize=LABEL, va="center")


def _mark(axes: Axes, look: Look, crossings: Sequence[Crossing], curves: Sequence[Curve]) -> None:
    """A point on each crossing, and a line down to its number; numbers of neighbours stand side by side."""
    left, right = np.log10(axes.get_xlim())
    bottom, top = np.log10(axes.get_ylim())
    found = sorted((c.tokens_per_month, number) for number, c in enumerate(crossings, 1) if c.tokens_per_month)
    shares = [(np.log10(tokens) - left) / (right - left) for tokens, _ in found]
    for share, place, (tokens, number) in zip(shares, spread_out(shares, 0.035, 0.02, 0.98), found, strict=True):
        against = crossings[number - 1].against
        crossed = next((c for c in curves if c.name == against), curves[0])
        cost = float(np.interp(np.log10(tokens), np.log10(crossed.tokens), np.log10(np.maximum(crossed.cost, 1e-12))))
        height = (cost - bottom) / (top - bottom)
        within = {"transform": axes.transAxes, "zorder": 4}
        path = {"color": look.quiet, "linewidth": 0.8, "linestyle": (0, (1, 2))}
        axes.plot([share, share, place], [height, min(0.13, height), 0.045], **path, **within)  # type: ignore[arg-type]
        axes.plot(share, height, "o", markersize=5, color=look.ink, markeredgecolor=look.paper, **within)  # type: ignore[arg-type]
        ring = {"marker": "o", "markersize": 12, "color": look.paper, "markeredgecolor": look.ink}
        axes.plot(place, 0.045, **ring, **within)  # type: ignore[arg-type]
        spot = {"ha": "center", "va": "center_baseline", "color": look.ink, "fontsize": LABEL - 1}
        axes.text(place, 0.045, str(number), **spot, **within)  # type: ignore[arg-type]


def told(curves: Sequence[Curve], crossings: Sequence[Crossing], currency: str) -> str:
    """The picture in words."""
    ends = "; ".join(
        f"{c.name} from {currency} {compact(float(c.cost[0]))} to {compact(float(c.cost[-1]))}" for c in curves
    )
    found = "; ".join(map(_words, crossings)) or "none crosses"
    return f"{len(curves)} curves by tokens a month: {ends}. {curves[0].name}: {found}." if curves else "No curves."
