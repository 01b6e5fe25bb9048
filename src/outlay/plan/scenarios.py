"""Named scenarios of a plan, and how much each range moves its total: evaluations without chance.

Expected takes the middle of every range. Best and stress move the ranges of five knobs (traffic, slower prompts, longer
context, hits of the cache, support) to the end that costs less, or more; the rest stays in the middle.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from outlay.model.layers import LAYER_NAMES
from outlay.model.problem import InputError
from outlay.plan.evaluate import Planned, evaluate, world_of
from outlay.plan.file.names import Variable
from outlay.plan.file.read import PlanFile
from outlay.plan.quantities.field import KNOBS
from outlay.plan.quantities.path import Array
from outlay.plan.quantities.units import ONE
from outlay.plan.simulate import add_up
from outlay.plan.world import Prices

SCENARIOS = ("best", "expected", "stress")
BEST, EXPECTED, STRESS = range(3)


@dataclass(frozen=True, slots=True)
class Swing:
    """What a range alone does to the total: at its 10th and at its 90th percentile."""

    variable: Variable
    low: float
    high: float

    @property
    def width(self) -> float:
        """How far apart the two totals are."""
        return abs(self.high - self.low)


@dataclass(frozen=True, slots=True)
class Scenarios:
    """A plan in its three scenarios: every line with its costs, shape (months, 3), and the sums of them."""

    lines: tuple[Planned, ...]
    by_month: Array
    by_layer: Array
    values: Mapping[str, Array]
    knobs: tuple[str, ...]

    @property
    def total(self) -> Array:
        """The three totals."""
        found: Array = self.by_month.sum(axis=0)
        return found


def tornado(plan: PlanFile, prices: Prices, variables: tuple[Variable, ...]) -> tuple[Swing, ...]:
    """The swing of every range, the widest first, from one evaluation of two columns for each."""
    count = len(variables)
    if not count:
        return ()
    values = {}
    for index, variable in enumerate(variables):
        low, middle, high = variable.distribution.ends
        column = np.full(2 * count, middle)
        column[2 * index], column[2 * index + 1] = low, high
        values[variable.name] = column
    sums = add_up(evaluate(plan, world_of(plan, prices, values, variables)), plan.plan.months, 2 * count)
    totals = sums.by_month.sum(axis=0)
    swings = [Swing(v, float(totals[2 * i]), float(totals[2 * i + 1])) for i, v in enumerate(variables)]
    return tuple(sorted(swings, key=lambda s: (-s.width, s.variable.name)))


def scenarios(plan: PlanFile, prices: Prices, variables: tuple[Variable, ...], swings: tuple[Swing, ...]) -> Scenarios:
    """The three scenarios of a plan; the swings say which end of a range costs more."""
    dearer = {s.variable.name: s.high >= s.low for s in swings}
    values = {v.name: np.array(_ends(v, dearer[v.name])) for v in variables}
    for column, name in ((BEST, "best"), (STRESS, "stress")):
        for said, number in _stated(plan, name, variables):
            values[said] = values[said].copy()
            values[said][column] = number
    planned = tuple(evaluate(plan, world_of(plan, prices, values, variables)))
    sums = add_up(planned, plan.plan.months, len(SCENARIOS))
    moved = {v.knob for v in variables}
    return Scenarios(planned, sums.by_month, sums.by_layer, values, tuple(k for k in KNOBS if k in moved))


def _stated(plan: PlanFile, scenario: str, variables: tuple[Variable, ...]) -> Iterator[tuple[str, float]]:
    """The values that a plan states for a scenario, in the units of their ranges."""
    ranges = {v.name: v.quantity for v in variables}
    for name, quantity in plan.plan.scenarios.get(scenario, {}).items():  # type: ignore[call-overload]
        place = plan.document.place(("scenarios", scenario, name))
        if name not in ranges:
            near = get_close_matches(name, ranges, n=1)
            hint = f"did you mean {near[0]}?" if near else f"ranges: {', '.join(ranges) or 'none yet'}"
            raise InputError("E-PLAN-043", f"{scenario}: {name!r} is no range of the plan", hint, place)
        if quantity.number is None:
            raise InputError("E-PLAN-043", f"{scenario}: {quantity} is no number", "a scenario is one value", place)
        if quantity.unit.dimension not in (ONE, ranges[name].unit.dimension):
            message = f"{scenario}: {quantity} is not in the unit of {ranges[name]}"
            raise InputError("E-PLAN-011", message, "write it in the unit of its range", place)
        bare = quantity.unit.dimension == ONE and ranges[name].unit.dimension != ONE
        yield name, quantity.number * (1.0 if bare else quantity.unit.factor / ranges[name].unit.factor)


def _ends(variable: Variable, dearer_high: bool) -> tuple[float, float, float]:
    """The values of a range in the three scenarios."""
    low, middle, high = variable.distribution.ends
    if not variable.knob:
        return middle, middle, middle
    return (low, middle, high) if dearer_high else (high, middle, low)


def layer_costs(sums: Array) -> dict[str, Array]:
    """The rows of an array of layers by their names."""
    return dict(zip(LAYER_NAMES, sums, strict=True))
