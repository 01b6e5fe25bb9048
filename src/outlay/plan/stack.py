"""The answer of a plan: its stack by layer and month, in three scenarios and as percentiles of all draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np

from outlay.model.layers import LAYER_NAMES
from outlay.plan.evaluate import Planned
from outlay.plan.file.formulas import check_formulas
from outlay.plan.file.names import Variable, variables
from outlay.plan.file.read import PlanFile
from outlay.plan.quantities.path import Array
from outlay.plan.sample import DRAWS, draws_needed
from outlay.plan.scenarios import BEST, EXPECTED, SCENARIOS, STRESS, Scenarios, Swing, scenarios, tornado
from outlay.plan.simulate import Simulation, simulate
from outlay.plan.world import Prices, month_label

SEED = 1
PERCENTILES = (50, 80, 90)
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Spread:
    """A cost in three scenarios and at three percentiles of the draws."""

    best: Decimal
    expected: Decimal
    stress: Decimal
    p50: Decimal
    p80: Decimal
    p90: Decimal


@dataclass(frozen=True, slots=True)
class StackLine:
    """A line over all months: its costs in the three scenarios, and what it is computed from."""

    layer: str
    entry: str
    part: str
    costs: tuple[Decimal, Decimal, Decimal]
    stage: str
    fixed: bool
    why: str
    owner: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A component of the cost: what a first estimate holds, what production asks for, and the names of what is new."""

    component: str
    initial: Decimal
    production: Decimal
    beside: tuple[str, ...]


@dataclass(frozen=True)
class Stack:
    """A plan, computed. `layers` hold every stated layer, `months` every month."""

    plan: PlanFile
    variables: tuple[Variable, ...]
    scenarios: Scenarios
    simulation: Simulation
    swings: tuple[Swing, ...]
    layers: dict[str, Spread]
    months: dict[str, Spread]
    total: Spread
    lines: tuple[StackLine, ...]
    gaps: tuple[Gap, ...]
    prices: Prices

    @property
    def day(self) -> date:
        """The day whose prices it is computed at."""
        return self.prices.day

    @property
    def contingency(self) -> Decimal:
        """What to keep beside the median: P80 - P50."""
        return self.total.p80 - self.total.p50

    @property
    def draws_needed(self) -> int:
        """How many draws put the 90th percentile within 1%."""
        total = self.simulation.total
        return draws_needed(float(np.std(np.log(total)))) if total.min() > 0 else 0

    def percentile(self, scenario: int) -> float:
        """Which share of the draws costs no more than a scenario."""
        return float(np.mean(self.simulation.total <= self.scenarios.total[scenario]))


def compute(plan: PlanFile, prices: Prices, draws: int = DRAWS, seed: int = SEED) -> Stack:
    """The stack of a plan. Raises `InputError` for what is wrong with it."""
    check_formulas(plan)
    ranges = variables(plan)
    swings = tornado(plan, prices, ranges)
    told = scenarios(plan, prices, ranges, swings)
    drawn = simulate(plan, prices, ranges, draws, seed)
    labels = [month_label(plan.start, index) for index in range(plan.plan.months)]
    layers = zip(LAYER_NAMES, _spreads(told.by_layer, drawn.by_layer), strict=True)
    months = zip(labels, _spreads(told.by_month, drawn.by_month), strict=True)
    total = _spreads(told.total[None, :], drawn.total[None, :])[0]
    stated = {name: spread for name, spread in layers if name not in plan.missing or spread.expected or spread.p90}
    lines = tuple(_line(planned, plan.plan.months) for planned in told.lines)
    return Stack(plan, ranges, told, drawn, swings, stated, dict(months), total, lines, _gaps(lines), prices)


def _line(planned: Planned, months: int) -> StackLine:
    line, placed = planned.line, planned.placed
    grid = np.broadcast_to(line.cost.grid(months), (months, len(SCENARIOS)))[line.first : line.until]
    best, expected, stress = (money(cost) for cost in grid.sum(axis=0))
    costs = (best, expected, stress)
    return StackLine(placed.layer, placed.entry.name, line.part, costs, line.stage, line.fixed, line.why, placed.owner)


def _gaps(lines: Sequence[StackLine]) -> tuple[Gap, ...]:
    """The expected cost of each layer, told apart by what a first estimate holds."""
    found = []
    for layer in LAYER_NAMES:
        own = [line for line in lines if line.layer == layer]
        initial = sum((line.costs[EXPECTED] for line in own if line.stage == "initial"), Decimal(0))
        whole = sum((line.costs[EXPECTED] for line in own), Decimal(0))
        later = [line for line in own if line.stage != "initial"]
        beside = dict.fromkeys(line.entry if line.part == "amount" else line.part for line in later)
        if own:
            found.append(Gap(layer, initial, whole, tuple(beside)))
    return tuple(found)


def money(value: float) -> Decimal:
    """A computed amount as money: the one place where a float of a plan becomes a decimal, with 12 digits behind it."""
    return Decimal(repr(float(value))).quantize(Decimal("1e-12"))


def _spreads(told: Array, drawn: Array) -> Sequence[Spread]:
    """The spread of each row."""
    told = np.broadcast_to(told, (len(told), 3))
    quantiles = np.percentile(drawn, PERCENTILES, axis=1)
    return [
        Spread(*(money(row[s]) for s in (BEST, EXPECTED, STRESS)), *(money(q) for q in quantiles[:, index]))
        for index, row in enumerate(told)
    ]
