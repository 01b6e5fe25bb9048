"""What a use case is worth beside what it costs: successes, dollars for each, and the volume at which they cover cost.

Three kinds of value: time saved (successes x minutes x rate x adoption), revenue won or preserved, and volume of work
avoided (successes x the cost of one).
"""

from dataclasses import dataclass

import numpy as np

from outlay.plan.differences import line_costs
from outlay.plan.evaluate import world_of
from outlay.plan.file.names import variables
from outlay.plan.file.schema import Value
from outlay.plan.file.volumes import volumes
from outlay.plan.layers.fleet import Fleet
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.quantities.path import Path
from outlay.plan.stack import Stack
from outlay.plan.world import PlanError, World


@dataclass(frozen=True, slots=True)
class Worth:
    """A use case over all months at the middle of every range: its successes, and its value in money."""

    use_case: str
    kind: str
    successes: float
    value: float

    @property
    def each(self) -> float:
        """The value of one success."""
        return self.value / self.successes if self.successes else 0.0


def worth(stack: Stack) -> tuple[Worth, ...]:
    """The worth of every use case that a plan states."""
    world = _middle(stack)
    return tuple(_worth(said, world) for said in stack.plan.plan.value)


def _middle(stack: Stack) -> World:
    ranges = variables(stack.plan)
    values = {v.name: np.array([v.distribution.ends[1]]) for v in ranges}
    return world_of(stack.plan, stack.prices, values, ranges)


def _worth(said: Value, world: World) -> Worth:
    successes = world(said.attempts) * world(said.success_rate)
    if said.adoption is not None:
        successes = successes * world(said.adoption)
    value = successes * _each(said, world)
    return Worth(said.use_case, said.kind, _sum(successes, world), _sum(value, world))


def _each(said: Value, world: World) -> Path:
    """The value of one success."""
    if said.kind == "time":
        if said.minutes is None or said.rate is None:
            raise PlanError("E-PLAN-021", f"{said.use_case}: time saved needs minutes and rate", "write both")
        return world(said.minutes) * (1 / 60) * world(said.rate)
    if said.each is None:
        raise PlanError("E-PLAN-021", f"{said.use_case}: {said.kind} needs each", "write what one success is worth")
    return world(said.each)


def _sum(path: Path, world: World) -> float:
    return float(np.broadcast_to(path.grid(world.months), (world.months, 1)).sum())


def covering_volume(stack: Stack) -> float | None:
    """By what to multiply the traffic so that the value covers the cost; None where no traffic does.

    Cost is what does not follow the load plus what does: F + f v = W f, so f = F / (W - v).
    """
    fixed = sum(float(line.costs[1]) for line in stack.lines if line.fixed)
    variable = sum(float(line.costs[1]) for line in stack.lines if not line.fixed)
    value = sum(one.value for one in worth(stack))
    return fixed / (value - variable) if value > variable else None


@dataclass(frozen=True, slots=True)
class Effective:
    """What a million tokens of a served model cost with all that stands by, and on replicas that are always full."""

    entry: str
    effective: float
    benchmark: float


def effective_rates(stack: Stack) -> tuple[Effective, ...]:
    """The two rates of every entry that serves a model, at the middle of every range."""
    world = _middle(stack)
    served = [p.entry for p in stack.plan.entries if isinstance(p.entry, Serving)]
    return tuple(Effective(entry.name, *Fleet(entry, world).per_mtok()) for entry in served)


def profit_at(stack: Stack, factor: float) -> float:
    """Value less cost at so many times the traffic: the plan is computed again, with its steps."""
    scaled = {id(q): factor for q in volumes(stack.plan).values()}
    cost = sum(line_costs(stack.plan, stack.prices, scaled).values())
    return sum(one.value for one in worth(stack)) * factor - cost
