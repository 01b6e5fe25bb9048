"""Two versions of a plan side by side: what every line costs at the middle of every range, and which ones differ."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from outlay.plan.evaluate import evaluate, world_of
from outlay.plan.file.names import Variable, variables
from outlay.plan.file.read import PlanFile
from outlay.plan.quantities.path import Array
from outlay.plan.world import Prices

CENT = 0.005
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A line before and after, over all months, at the middle of every range."""

    layer: str
    entry: str
    part: str
    before: float
    after: float

    @property
    def difference(self) -> float:
        """What it costs more."""
        return self.after - self.before


def middles(ranges: tuple[Variable, ...]) -> dict[str, Array]:
    """The middle of every range."""
    return {v.name: np.array([v.distribution.ends[1]]) for v in ranges}


def line_costs(plan: PlanFile, prices: Prices, scaled: Mapping[int, float] | None = None) -> dict[Key, float]:
    """The cost of every line over all months at the middle of every range."""
    ranges = variables(plan)
    world = world_of(plan, prices, middles(ranges), ranges, scaled)
    found: dict[Key, float] = {}
    for planned in evaluate(plan, world):
        line = planned.line
        key = planned.layer, planned.placed.entry.name, line.part
        grid = np.broadcast_to(line.cost.grid(world.months), (world.months, 1))
        found[key] = found.get(key, 0.0) + float(grid[line.first : line.until].sum())
    return found


def changes(before: Mapping[Key, float], after: Mapping[Key, float]) -> tuple[Changed, ...]:
    """The lines that cost another amount, the largest change first."""
    every = (Changed(*key, before.get(key, 0.0), after.get(key, 0.0)) for key in dict.fromkeys((*before, *after)))
    found = [one for one in every if abs(one.difference) > CENT]
    return tuple(sorted(found, key=lambda one: -abs(one.difference)))
