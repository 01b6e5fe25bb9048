"""Draw the ranges of a plan and add up what it costs: by month, by layer and in all, for every draw."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from outlay.model.layers import LAYER_NAMES
from outlay.plan.evaluate import Planned, evaluate, world_of
from outlay.plan.file.names import Variable
from outlay.plan.file.read import PlanFile
from outlay.plan.quantities.distribution import Draws
from outlay.plan.quantities.path import Array, Path
from outlay.plan.sample import correlated
from outlay.plan.world import Prices

# The lines of a plan for so many draws stay in the fast memory of a core.
CHUNK = 1_024


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
    named = [(v.name, v.group) for v in variables]
    drawn = correlated(named, draws, seed, plan.plan.correlation)
    values = {v.name: v.distribution.at(drawn[v.name]) for v in variables}
    sums = add_up(evaluate(plan, world_of(plan, prices, values, variables, scaled)), plan.plan.months, draws)
    return Simulation(sums.by_month, sums.by_layer, drawn, seed)


# The level and the ratio of lines that grow evenly.
Even = tuple[Array, Array | None]


@dataclass
class Sums:
    """Sums over lines, month by month and layer by layer, while they come in.

    Lines that grow evenly wait until there are some of them: then their months are multiplied out chunk by chunk.
    """

    months: int
    draws: int
    by_month: Array = field(init=False)
    by_layer: Array = field(init=False)
    _even: dict[tuple[int, int], dict[int, Even]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_month = np.zeros((self.months, self.draws))
        self.by_layer = np.zeros((len(LAYER_NAMES), self.draws))

    def add(self, planned: Planned) -> None:
        """Count a line."""
        line, cost = planned.line, planned.line.cost
        first, until = line.first, self.months if line.until is None else line.until
        if until <= first:
            return
        layer = self.by_layer[LAYER_NAMES.index(planned.layer)]
        if cost.free is not None:
            self.by_month[first:until] += cost.free[first:until]
            layer += cost.free[first:until].sum(axis=0)
            return
        layer += _summed(cost, first, until)
        # What grows alike over the same months is one sum.
        held = self._even.setdefault((first, until), {})
        level, _ = held.get(id(cost.ratio), (0.0, None))
        held[id(cost.ratio)] = (level + cost.level, cost.ratio)

    def finish(self) -> "Sums":
        """Multiply out the lines that grow evenly."""
        for (first, until), lines in self._even.items():
            for level, ratio in lines.values():
                if ratio is None:
                    self.by_month[first:until] += level
            growing = [(level * ratio**first, ratio) for level, ratio in lines.values() if ratio is not None]
            if growing:
                self._multiply_out(growing, first, until)
        self._even.clear()
        return self

    def _multiply_out(self, lines: list[tuple[Array, Array]], first: int, until: int) -> None:
        """Add level x ratio^month of each line to the months of a window, some draws of all lines at a time."""
        levels, ratios = (
            np.stack([np.broadcast_to(values, self.draws) for values in side]) for side in zip(*lines, strict=True)
        )
        for begin in range(0, self.draws, CHUNK):
            here = slice(begin, begin + CHUNK)
            cost, ratio = levels[:, here].copy(), ratios[:, here].copy()
            for month in range(first, until):
                self.by_month[month, here] += np.add.reduce(cost, axis=0)
                cost *= ratio


def _summed(cost: Path, first: int, until: int) -> Array:
    """Level x ratio^month added up over the months of a window: a geometric series."""
    count = until - first
    if cost.ratio is None:
        return cost.level * count
    log = np.log(np.maximum(cost.ratio, 1e-300))
    flat = np.abs(log) < 1e-12
    with np.errstate(invalid="ignore", divide="ignore"):
        series = np.where(flat, count, np.expm1(count * log) / np.expm1(log))
    found: Array = cost.level * np.exp(first * log) * series
    return found


def add_up(lines: Iterable[Planned], months: int, draws: int) -> Sums:
    """The sums of the lines of a plan."""
    sums = Sums(months, draws)
    for planned in lines:
        sums.add(planned)
    return sums.finish()
