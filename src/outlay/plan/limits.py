"""Limits of a plan: what it may cost, what its providers and its GPUs allow, and which of them is reached first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from outlay.plan.evaluate import world_of
from outlay.plan.file.names import variables
from outlay.plan.file.read import PlanFile
from outlay.plan.layers.fleet import Fleet
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.simulate import simulate
from outlay.plan.world import Prices, World

MINUTES_A_MONTH = 43_800
DRAWS, STEPS = 512, 16


@dataclass(frozen=True, slots=True)
class Used:
    """A limit, and how much of it the busiest month uses."""

    name: str
    used: float
    limit: float
    unit: str

    @property
    def share(self) -> float:
        """The share of the limit that is used; 1 and more is reached."""
        return self.used / self.limit if self.limit else np.inf


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that is reached, at so many times the traffic of the plan."""

    used: Used
    factor: float


Scaled = Mapping[int, float]


def used(plan: PlanFile, prices: Prices, scaled: Scaled | None = None) -> tuple[Used, ...]:
    """Every limit of a plan with what its busiest month uses."""
    ranges = variables(plan)
    world = world_of(plan, prices, {v.name: np.array([v.distribution.ends[1]]) for v in ranges}, ranges, scaled)
    found = [one for placed in plan.entries for one in _of_entry(placed.entry, world)]
    said = plan.plan.limits
    if said.p80_month is not None or said.p80_total is not None:
        drawn = simulate(plan, prices, ranges, DRAWS, 1, scaled).by_month
        if said.p80_month is not None:
            month = float(np.percentile(drawn, 80, axis=1).max())
            found.append(Used("p80_month", month, float(world(said.p80_month).level[0]), plan.plan.currency))
        if said.p80_total is not None:
            total = float(np.percentile(drawn.sum(axis=0), 80))
            found.append(Used("p80_total", total, float(world(said.p80_total).level[0]), plan.plan.currency))
    return tuple(found)


def _of_entry(entry: object, world: World) -> list[Used]:
    """The limits that an entry states."""
    if isinstance(entry, ModelApi) and entry.rate_limit is not None:
        tokens = world(entry.input) + world(entry.output)
        minute = world(entry.requests) * tokens * world(entry.peak) * (1 / MINUTES_A_MONTH)
        limit = float(world(entry.rate_limit).level[0])
        return [Used(f"{entry.name}: tokens a minute", float(minute.grid(world.months).max()), limit, "tokens/min")]
    if isinstance(entry, Serving) and entry.most_gpus is not None:
        fleet = Fleet(entry, world)
        replicas = float(fleet.needed().grid(world.months).max()) + entry.spares * entry.regions
        return [Used(f"{entry.name}: GPUs", replicas * fleet.point.gpus, float(entry.most_gpus), "GPUs")]
    return []


def reached(plan: PlanFile, prices: Prices, scaled_at: Callable[[float], Scaled], factor: float) -> tuple[Reached, ...]:
    """The limits that are reached up to so many times the traffic, the first one first."""
    now = {one.name for one in used(plan, prices) if one.share > 1}
    then = [one for one in used(plan, prices, scaled_at(factor)) if one.share > 1]
    found = [
        Reached(one, 1.0 if one.name in now else _first(plan, prices, scaled_at, factor, one.name)) for one in then
    ]
    return tuple(sorted(found, key=lambda r: r.factor))


def _first(plan: PlanFile, prices: Prices, scaled_at: Callable[[float], Scaled], factor: float, name: str) -> float:
    """The factor at which a limit is reached, by bisection."""
    low, high = 1.0, factor
    for _ in range(STEPS):
        middle = (low * high) ** 0.5
        over = any(one.name == name and one.share > 1 for one in used(plan, prices, scaled_at(middle)))
        low, high = (low, middle) if over else (middle, high)
    return high
