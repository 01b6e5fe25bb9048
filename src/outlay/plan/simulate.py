"""Draw the ranges of a plan and add up what it costs: by month, by layer and in all, for every draw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from outlay.model.layers import LAYER_NAMES
from outlay.plan.evaluate import Planned, evaluate, world_of
from outlay.plan.file.names import Variable
from outlay.plan.file.read import PlanFile
from outlay.plan.memory import keep_freed_pages
from outlay.plan.quantities.distribution import Draws
from outlay.plan.quantities.path import Array
from outlay.plan.sample import correlated
from outlay.plan.world import Prices

# The lines of a plan for so many draws stay in the fast memory of a core.
CHUNK = 2_048
# So many draws are computed at a time, so that memory does not grow with them.
BLOCK = 16_384


@dataclass(frozen=True, slots=True)
class Simulation:
    """Costs in the currency of the plan: `by_month` (months, draws), `by_layer` (15 layers, draws), `total` (draws).

    `drawn` says where in each range the draws fall.
    """

    by_month: Array
    by_layer: Array
    drawn: Mapping[str, Draws]
    seed: int

    @property
    def total(self) -> Array:
        """The cost of the whole plan by draw."""
        found: Array = self.by_month.sum(axis=0)
        return found

    @property
    def draws(self) -> int:
        """How many draws."""
        return int(self.by_month.shape[1])


def simulate(
    plan: PlanFile,
    prices: Prices,
    variables: tuple[Variable, ...],
    draws: int,
    seed: int,
    scaled: Mapping[int, float] | None = None,
) -> Simulation:
    """The costs of a plan over so many draws, a power of 2; some of its quantities may be multiplied."""
    keep_freed_pages()
    named = [(v.name, v.group) for v in variables]
    drawn = correlated(named, draws, seed, plan.plan.correlation)
    by_month, by_layer = np.empty((plan.plan.months, draws)), np.empty((len(LAYER_NAMES), draws))
    for begin in range(0, draws, BLOCK):
        here = slice(begin, min(begin + BLOCK, draws))
        values = {v.name: v.distribution.at(drawn[v.name].part(here)) for v in variables}
        lines = evaluate(plan, world_of(plan, prices, values, variables, scaled))
        sums = add_up(lines, plan.plan.months, here.stop - begin)
        by_month[:, here], by_layer[:, here] = sums.by_month, sums.by_layer
    return Simulation(by_month, by_layer, drawn, seed)


# The level and the ratio of lines that grow evenly, by their layer, first month and the month after their last.
Even = tuple[Array, Array | None]
Alike = tuple[int, int, int]


@dataclass
class Sums:
    """Sums over lines, month by month and layer by layer, while they come in.

    Lines that grow evenly wait until there are some of them: then their months are multiplied out chunk by chunk.
    """

    months: int
    draws: int
    by_month: Array = field(init=False)
    by_layer: Array = field(init=False)
    _even: dict[Alike, dict[int, Even]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_month = np.zeros((self.months, self.draws))
        self.by_layer = np.zeros((len(LAYER_NAMES), self.draws))

    def add(self, planned: Planned) -> None:
        """Count a line."""
        line, cost = planned.line, planned.line.cost
        first, until = line.first, self.months if line.until is None else line.until
        if until <= first:
            return
        layer = LAYER_NAMES.index(planned.layer)
        if cost.free is not None:
            self.by_month[first:until] += cost.free[first:until]
            self.by_layer[layer] += cost.free[first:until].sum(axis=0)
            return
        # What grows alike over the same months is one sum.
        held = self._even.setdefault((layer, first, until), {})
        level, _ = held.get(id(cost.ratio), (0.0, None))
        held[id(cost.ratio)] = (level + cost.level, cost.ratio)

    def finish(self) -> "Sums":
        """Multiply out the lines that grow evenly."""
        for (layer, first, until), lines in self._even.items():
            for level, ratio in lines.values():
                if ratio is None:
                    self.by_month[first:until] += level
                    self.by_layer[layer] += level * (until - first)
            growing = [(level * ratio**first, ratio) for level, ratio in lines.values() if ratio is not None]
            if growing:
                self._multiply_out(growing, layer, first, until)
        self._even.clear()
        return self

    def _multiply_out(self, lines: list[tuple[Array, Array]], layer: int, first: int, until: int) -> None:
        """Add level x ratio^month of each line to the months of a window, some draws of all lines at a time."""
        width = min(CHUNK, self.draws)
        costs, ratios = np.empty((len(lines), width)), np.empty((len(lines), width))
        for begin in range(0, self.draws, width):
            here = slice(begin, begin + width)
            for index, (level, ratio) in enumerate(lines):
                costs[index] = level[here] if len(level) > 1 else level
                ratios[index] = ratio[here] if len(ratio) > 1 else ratio
            for month in range(first, until):
                cost = np.add.reduce(costs, axis=0)
                self.by_month[month, here] += cost
                self.by_layer[layer, here] += cost
                costs *= ratios


def add_up(lines: Iterable[Planned], months: int, draws: int) -> Sums:
    """The sums of the lines of a plan."""
    sums = Sums(months, draws)
    for planned in lines:
        sums.add(planned)
    return sums.finish()
