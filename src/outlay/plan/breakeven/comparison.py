"""The costs of serving and of calling at any volumes, and where one becomes less than the other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.model.problem import InputError
from outlay.plan.breakeven.curves import Crossing, Curve
from outlay.plan.evaluate import factors_of, world_of
from outlay.plan.file.names import Variable
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.layers.fleet import Fleet
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.line import Line
from outlay.plan.quantities.expression import Expression
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import Unit, parse_unit
from outlay.plan.sample import correlated
from outlay.plan.world import PlanError, Prices, World

LOWEST, HIGHEST = 10e6, 100e9
# Crossings are looked for in steps of 1%; the draws follow a coarser curve.
FINE, COARSE = 1.01, 1.08
VOLUME = "_volume"
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Comparison:
    """The costs of serving and of calling at any volumes, at the middle of every range and over draws."""

    plan: PlanFile
    prices: Prices
    ranges: tuple[Variable, ...]
    placed: Placed
    entry: Serving
    labour: bool
    draws: int
    seed: int

    def cost(self, other: ModelApi | None, volumes: Array, draws: int) -> Array:
        """The cost at each volume, of serving or of another way; shape (volumes, draws), one draw for the middles."""
        world = world_for(self.plan, self.prices, self.ranges, len(volumes), draws, self.seed)
        tokens = world(self.entry.input) + world(self.entry.output)
        world.known[VOLUME] = Path.by_month(volumes) / tokens
        layer = "inference-compute" if other is None else "model-api"
        factor = factors_of(self.plan, world).get(layer, Path.of(1.0))
        found = _lines(self.placed, other or self.entry, world, volumes) * factor.level
        if other is None:
            for quantity in self._beside():
                found = found + world(quantity).level
        width = np.broadcast_shapes(found.shape, (len(volumes), max(draws, 1)))
        return np.broadcast_to(found, width)

    def _beside(self) -> list[Quantity]:
        said = self.plan.plan.breakeven
        return [q for q in (said.labour if self.labour else None, said.other) if q is not None]

    @property
    def told(self) -> str:
        """The replica in words."""
        world = world_for(self.plan, self.prices, self.ranges, 1, 0, self.seed)
        return Fleet(self.entry, world).told

    def curve(self, name: str, other: ModelApi | None) -> Curve:
        """The cost by volume with its band."""
        volumes = _grid(COARSE)
        low, middle, high = np.percentile(self.cost(other, volumes, self.draws), (10, 50, 90), axis=1)
        return Curve(name, volumes, middle, low, high)

    def crossings(self, name: str, other: ModelApi) -> list[Crossing]:
        """Every change of the sign of serving less calling at the middles; what the draws say of each."""
        fine, coarse = _grid(FINE), _grid(COARSE)
        below = (self.cost(None, fine, 0) < self.cost(other, fine, 0))[:, 0]
        turns = np.flatnonzero(np.diff(below)) + 1
        at = np.concatenate([fine[:1] if below[0] else fine[turns[:0]], fine[turns]])
        volumes = np.unique(np.concatenate([coarse, at]))
        cheaper = self.cost(None, volumes, self.draws) < self.cost(other, volumes, self.draws)
        low, high = _first(volumes, cheaper)
        if not len(at):
            return [Crossing(name, None, True, float(cheaper.any(axis=0).mean()), low, high)]
        above = [True] * (len(at) - len(turns)) + [bool(below[i]) for i in turns]
        shares = cheaper.mean(axis=1)
        return [
            Crossing(name, float(v), up, float(shares[np.searchsorted(volumes, v)]), low, high)
            for v, up in zip(at, above, strict=True)
        ]


def _first(volumes: Array, cheaper: Flags) -> tuple[float | None, float | None]:
    """The 10th and 90th percentile of the first volume at which serving is cheaper, over the draws that have one."""
    ever = cheaper.any(axis=0)
    first = volumes[cheaper.argmax(axis=0)][ever]
    if not len(first):
        return None, None
    low, high = np.percentile(first, (10, 90))
    return float(low), float(high)


def _grid(step: float) -> Array:
    """Volumes from 10 million to 100 billion tokens a month, each so much larger than the one before."""
    count = int(np.ceil(np.log(HIGHEST / LOWEST) / np.log(step))) + 1
    return np.geomspace(LOWEST, HIGHEST, count)


def world_for(
    plan: PlanFile, prices: Prices, ranges: tuple[Variable, ...], months: int, draws: int, seed: int
) -> World:
    """A world whose months are volumes: of the middles for no draws, else of so many."""
    if draws:
        found = correlated([(v.name, v.group) for v in ranges], draws, seed, plan.plan.correlation)
        values = {v.name: v.distribution.at(found[v.name]) for v in ranges}
    else:
        values = {v.name: np.array([v.distribution.ends[1]]) for v in ranges}
    world = world_of(plan, prices, values, ranges)
    world.months = months
    return world


def _by_volume(entry: Serving | ModelApi) -> Serving | ModelApi:
    """An entry whose requests are those of the volume."""
    unit = parse_unit("requests/month")
    requests = Quantity(VOLUME, Unit(1.0, unit.dimension, unit.words), formula=Expression(VOLUME), wanted=unit)
    return entry.model_copy(update={"requests": requests})


def _lines(placed: Placed, entry: Serving | ModelApi, world: World, volumes: Array) -> Array:
    """The cost of an entry at each volume; shape (volumes, draws)."""
    try:
        found: list[Line] = list(_by_volume(entry).lines(world))
    except (PlanError, InputError) as error:
        raise InputError(error.code, error.message, error.hint, error.place or placed.place()) from error
    costs = [line.cost.grid(len(volumes)) for line in found]
    return np.asarray(sum(costs[1:], costs[0]))
