"""Two plans for the same work side by side, on their totals and on the seven rows that a price per hour leaves out.

rate, reserved, storage, egress, integration, tooling, SLA: what a plan does not state is unknown, not zero. A move that
saves on everything but egress pays up to the volume at which egress eats the saving.
"""

from dataclasses import dataclass

import numpy as np

from outlay.model.problem import InputError
from outlay.plan.evaluate import world_of
from outlay.plan.file.names import variables
from outlay.plan.layers.contracts import Commitment
from outlay.plan.layers.gpu_price import GpuEntry
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.line import Line
from outlay.plan.stack import Stack
from outlay.plan.value import worth
from outlay.plan.world import World

# The rows of a comparison and the layers that pay for them; the first two are rates, no layers.
ROWS = ("rate", "reserved", "storage", "egress", "integration", "tooling", "SLA gaps")
REST = "models, compute, people and the rest"
LAYERS_OF = {
    "storage": ("storage",),
    "egress": ("network",),
    "integration": ("data-preparation", "orchestration"),
    "tooling": ("mlops-platform", "observability", "evaluation"),
    "SLA gaps": ("resilience",),
}


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two plans: its rows (None is unknown), total, tasks, and GB that leave each month."""

    name: str
    rows: dict[str, float | None]
    total: float
    tasks: float
    egress_gb: float

    @property
    def per_task(self) -> float | None:
        """The cost of one task."""
        return self.total / self.tasks if self.tasks else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides, and the GB a month at which the cheaper one ceases to pay for what it asks for egress."""

    first: Side
    second: Side
    months: int
    stops_paying_gb: float | None
    cheaper_share: float


def compare(first: Stack, second: Stack) -> Comparison:
    """Compare two plans; draws are the same in both, so that the share in which the second is cheaper has no noise.

    Raises `InputError` for two currencies.
    """
    currencies = [stack.plan.plan.currency for stack in (first, second)]
    if currencies[0] != currencies[1]:
        message = f"one plan is in {currencies[0]}, the other in {currencies[1]}"
        raise InputError("E-PLAN-090", message, "plan both in one currency", str(second.plan.document.path))
    sides = _side(first), _side(second)
    months = min(first.plan.plan.months, second.plan.plan.months)
    draws = min(first.simulation.draws, second.simulation.draws)
    cheaper = float(np.mean(second.simulation.total[:draws] < first.simulation.total[:draws]))
    return Comparison(*sides, months, _stops_paying(*sides, months), cheaper)


def _side(stack: Stack) -> Side:
    plan = stack.plan
    stated = {*(p.layer for p in plan.entries), *plan.zeros}
    rows: dict[str, float | None] = {"rate": _rate(stack), "reserved": _reserved(stack)}
    for row, layers in LAYERS_OF.items():
        known = [layer for layer in layers if layer in stated]
        costs = [float(stack.layers[layer].expected) for layer in known]
        rows[row] = sum(costs) if known else None
    rows[REST] = float(stack.total.expected) - sum(rows[row] or 0.0 for row in LAYERS_OF)
    return Side(plan.name, rows, float(stack.total.expected), _tasks(stack), _egress(stack))


def _middle(stack: Stack) -> World:
    ranges = variables(stack.plan)
    values = {v.name: np.array([v.distribution.ends[1]]) for v in ranges}
    return world_of(stack.plan, stack.prices, values, ranges)


def _rate(stack: Stack) -> float | None:
    """The price of a GPU hour: the mean of what entries pay; None where nothing is paid by the GPU hour."""
    world = _middle(stack)
    rates = [
        float(p.entry.gpu_price(world)[0].level.mean()) for p in stack.plan.entries if isinstance(p.entry, GpuEntry)
    ]
    return float(np.mean(rates)) if rates else None


def _reserved(stack: Stack) -> float | None:
    """What commitments cost; None where no plan speaks of any."""
    names = {p.entry.name for p in stack.plan.entries if isinstance(p.entry, Commitment)}
    costs = [float(line.costs[1]) for line in stack.lines if line.entry in names]
    return sum(costs) if names else None


def _tasks(stack: Stack) -> float:
    """Successes where the plan states value, else requests."""
    if stack.plan.plan.value:
        return sum(one.successes for one in worth(stack))
    world = _middle(stack)
    asked = [p.entry.requests for p in stack.plan.entries if isinstance(p.entry, ModelApi) or hasattr(p.entry, "tpot")]  # type: ignore[attr-defined]
    return sum(float(np.broadcast_to(world(q).grid(world.months), (world.months, 1)).sum()) for q in asked)


def _egress(stack: Stack) -> float:
    """GB that the flows of a plan move in a month, on average."""
    lines = [p.line for p in stack.scenarios.lines if p.layer == "network"]
    return sum(_quantity(line, stack.plan.plan.months) for line in lines) / stack.plan.plan.months


def _quantity(line: Line, months: int) -> float:
    if line.quantity is None or line.unit != "GB":
        return 0.0
    grid = np.broadcast_to(line.quantity.grid(months), (months, 3))
    return float(grid[line.first : line.until, 1].sum())


def _stops_paying(first: Side, second: Side, months: int) -> float | None:
    """GB a month at which the saving of the cheaper side without egress is what its egress costs more."""
    nets = [side.total - (side.rows["egress"] or 0.0) for side in (first, second)]
    prices = [_gb_price(side, months) for side in (first, second)]
    cheap, dear = (0, 1) if nets[0] < nets[1] else (1, 0)
    if prices[cheap] is None:
        return None
    more = (prices[cheap] or 0.0) - (prices[dear] or 0.0)
    return (nets[dear] - nets[cheap]) / months / more if more > 0 else None


def _gb_price(side: Side, months: int) -> float | None:
    egress = side.rows["egress"]
    return egress / months / side.egress_gb if egress is not None and side.egress_gb else None
