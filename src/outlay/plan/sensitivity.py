"""What the total of a plan hangs on: the share of its variance that each range explains, from the draws themselves.

First-order index: the variance of the mean of the total within 32 equal slices of a range, over the variance of the
total, less what slices of so many draws differ by chance. It costs no evaluation beside the simulation.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from outlay.plan.quantities.path import Array
from outlay.plan.stack import Spread, Stack

SLICES = 32


@dataclass(frozen=True, slots=True)
class Driver:
    """A range, the share of the variance of the total that it explains, and its swing in money."""

    name: str
    group: str
    owner: str
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Risk:
    """A layer: how far its P90 lies above its median, how it follows the load, and the grade that follows.

    `elasticity` is the share of its expected cost that follows the load.
    """

    layer: str
    spread: float | None
    elasticity: float
    share_of_risk: float
    grade: str


def drivers(stack: Stack) -> tuple[Driver, ...]:
    """The ranges of a plan, the one that explains most first."""
    total = stack.simulation.total
    swings = {swing.variable.name: swing for swing in stack.swings}
    found = [
        Driver(
            v.name,
            v.group,
            v.owner,
            first_order(stack.simulation.drawn[v.name].shares, total),
            swings[v.name].low,
            swings[v.name].high,
        )
        for v in stack.variables
    ]
    return tuple(sorted(found, key=lambda d: (-d.share, d.name)))


def first_order(shares: Array, total: Array) -> float:
    """The first-order index of a range from its draws."""
    variance = float(total.var())
    if variance <= 0:
        return 0.0
    slices = min(SLICES, max(len(total) // 32, 2))
    place = np.minimum((shares * slices).astype(np.intp), slices - 1)
    count = np.bincount(place, minlength=slices)
    sums = np.bincount(place, weights=total, minlength=slices)
    squares = np.bincount(place, weights=total**2, minlength=slices)
    filled = count > 1
    mean = sums[filled] / count[filled]
    within = np.maximum(squares[filled] / count[filled] - mean**2, 0.0)
    weight = count[filled] / count[filled].sum()
    by_chance = float((within / count[filled]) @ weight)
    between = float(((mean - mean @ weight) ** 2) @ weight)
    return min(max((between - by_chance) / variance, 0.0), 1.0)


def risks(stack: Stack) -> tuple[Risk, ...]:
    """The risk of every layer that costs, graded by what was measured: its share of the spread of the whole."""
    whole = sum((float(s.p90 - s.p50) for s in stack.layers.values()), 0.0)
    return tuple(_risk(stack, layer, spread, whole) for layer, spread in stack.layers.items() if spread.expected > 0)


def _risk(stack: Stack, layer: str, spread: Spread, whole: float) -> Risk:
    lines = [line for line in stack.lines if line.layer == layer]
    follows = sum((line.costs[1] for line in lines if not line.fixed), Decimal(0))
    cost = sum((line.costs[1] for line in lines), Decimal(0))
    share = float(spread.p90 - spread.p50) / whole if whole else 0.0
    wide = float(spread.p90 / spread.p50 - 1) if spread.p50 else None
    return Risk(layer, wide, float(follows / cost) if cost else 0.0, share, grade(share, wide))


def grade(share_of_risk: float, spread: float | None) -> str:
    """High for a quarter of all risk, or a P90 twice the median that is a tenth of it; low below 5% of it."""
    if share_of_risk >= 0.25 or (spread is not None and spread >= 1 and share_of_risk >= 0.10):
        return "high"
    return "medium" if share_of_risk >= 0.05 else "low"
