"""What the total of a plan hangs on: the share of its variance that each range explains, from the draws themselves.

First-order index: the variance of the mean of the total within 32 equal slices of a range, over the variance of the
total, less what slices of so many draws differ by chance. It costs no evaluation beside the simulation.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from outlay.plan.differences import Key, line_costs
from outlay.plan.file.volumes import volumes
from outlay.plan.quantities.path import Array
from outlay.plan.stack import Spread, Stack

SLICES = 32
HIGH, MEDIUM = 0.10, 0.03
# Parts of a plan that cost nothing in it, by the beginning of the names of their ranges.
BESIDE = ("breakeven.", "value/")


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
    """A layer: what its ranges and twice the traffic may add, as shares of the whole plan, and the grade that follows.

    `elasticity` is measured: ln(cost at twice the traffic / cost) / ln 2. It is 1 for what follows traffic, 0 for what
    does not, between them for what grows in steps.
    """

    layer: str
    spread: float
    elasticity: float
    at_double: float
    grade: str


def drivers(stack: Stack) -> tuple[Driver, ...]:
    """The ranges of a plan that cost, the widest swing first: ranges that move together share what they explain."""
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
        if not v.name.startswith(BESIDE)
    ]
    return tuple(sorted(found, key=lambda d: (-abs(d.high - d.low), d.name)))


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
    """The risk of every layer that costs, graded by what was measured."""
    plan, prices, total = stack.plan, stack.prices, float(stack.total.expected)
    scaled = {id(quantity): 2.0 for quantity in volumes(plan).values()}
    before, after = by_layer(line_costs(plan, prices)), by_layer(line_costs(plan, prices, scaled))
    costs = [layer for layer, spread in stack.layers.items() if spread.expected > 0]
    return tuple(_risk(layer, stack.layers[layer], before[layer], after[layer], total) for layer in costs)


def by_layer(lines: Mapping[Key, float]) -> dict[str, float]:
    """The costs of lines, added up by layer."""
    found: dict[str, float] = {}
    for (layer, _, _), cost in lines.items():
        found[layer] = found.get(layer, 0.0) + cost
    return found


def _risk(layer: str, spread: Spread, before: float, after: float, total: float) -> Risk:
    wide, double = float(spread.p90 - spread.p50) / total, (after - before) / total
    elasticity = math.log2(after / before) if before > 0 and after > 0 else 0.0
    return Risk(layer, wide, elasticity, double, grade(max(wide, double)))


def grade(share: float) -> str:
    """High where a tenth of the whole plan may come on top, medium from 3% on."""
    return "high" if share >= HIGH else "medium" if share >= MEDIUM else "low"
