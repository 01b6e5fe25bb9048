"""From which volume on self-hosting costs less than calling a hosted model: a curve of steps, and all its crossings.

API(V) = V x the price of the mix of tokens. Self(V) = replicas(V) x GPUs x price x 730 + labour + the rest: it rises in
steps, so that it may cross more than once, and every crossing is told. Both are computed from the entries of the plan,
with the volume in the place of its months.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from outlay.model.problem import InputError
from outlay.plan.evaluate import world_of
from outlay.plan.file.names import Variable, check_formulas, variables
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.file.schema import Alternative
from outlay.plan.layers.inference_compute import Fleet, Serving
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.line import Line
from outlay.plan.offers import same_model
from outlay.plan.quantities.expression import Expression
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import Unit, parse_unit
from outlay.plan.sample import correlated
from outlay.plan.world import PlanError, Prices, World, month_label

LOWEST, HIGHEST = 10e6, 100e9
# Crossings are looked for in steps of 1%; the draws follow a coarser curve.
FINE, COARSE = 1.01, 1.08
DRAWS = 2_048
VOLUME = "_volume"
Flags = NDArray[np.bool_]
SELF = "self-hosted"


@dataclass(frozen=True, slots=True)
class Curve:
    """The cost a month of a way to serve, by tokens a month; shapes (volumes), with the 10th and 90th percentile."""

    name: str
    tokens: Array
    cost: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where self-hosting begins or ceases to cost less than an alternative.

    `probability` is the share of draws in which it costs less at that volume. Without a crossing `tokens_per_month` is
    None and the probability that of any crossing below the largest volume. `low` and `high` are the 10th and the 90th
    percentile of the first crossing over the draws that have one. `month` is the first in which the plan has so many.
    """

    against: str
    tokens_per_month: float | None
    cheaper_above: bool
    probability: float
    low: float | None = None
    high: float | None = None
    month: str | None = None
    month_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Breakeven:
    """The curves, self-hosting first, and the crossings with each alternative."""

    serving: str
    told: str
    curves: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]
    labour: bool
    spares: bool
    assumed: str


def break_even(
    plan: PlanFile, prices: Prices, *, labour: bool = True, spares: bool = True, draws: int = DRAWS, seed: int = 1
) -> Breakeven:
    """The curves and crossings of a plan. Raises `InputError` if it serves nothing, or what to compare is not told."""
    check_formulas(plan)
    ranges = variables(plan)
    placed = _serving(plan)
    entry = cast("Serving", placed.entry)
    entry = entry if spares else entry.model_copy(update={"spares": 0})
    alternatives = _alternatives(plan, prices, entry)
    compare = _Comparison(plan, prices, ranges, placed, entry, labour, draws, seed)
    found = [compare.crossings(name, other) for name, other in alternatives]
    own = _own_volume(plan, prices, ranges, entry, draws, seed)
    told = tuple(_dated(crossing, plan, own) for crossings in found for crossing in crossings)
    curves = (compare.curve(SELF, None), *(compare.curve(name, other) for name, other in alternatives))
    return Breakeven(entry.name, compare.told, curves, told, labour, spares, _assumed(alternatives))


def _grid(step: float) -> Array:
    """Volumes from 10 million to 100 billion tokens a month, each so much larger than the one before."""
    count = int(np.ceil(np.log(HIGHEST / LOWEST) / np.log(step))) + 1
    return np.geomspace(LOWEST, HIGHEST, count)


def _serving(plan: PlanFile) -> Placed:
    """The serving entry that is compared."""
    found = [p for p in plan.entries if isinstance(p.entry, Serving)]
    named = [p for p in found if plan.plan.breakeven.serving in ("", p.entry.name)]
    if len(named) != 1:
        names = ", ".join(p.entry.name for p in found)
        hint = f"say breakeven: {{serving: ...}}; there are {names}" if found else "add an entry of kind serving"
        raise InputError("E-PLAN-080", "which model is served is not told", hint, plan.document.place(("breakeven",)))
    return named[0]


def _alternatives(plan: PlanFile, prices: Prices, entry: Serving) -> list[tuple[str, ModelApi]]:
    """What it is compared with: as the plan says, else its hosted models; and always the same model, hosted."""
    said = list(plan.plan.breakeven.against)
    if not said:
        hosted = [p.entry for p in plan.entries if isinstance(p.entry, ModelApi) and p.entry.model]
        said = [Alternative(provider=e.provider, model=e.model, tier=e.tier, prices=e.prices) for e in hosted]
    if not any(one.same_model for one in said) and (offer := same_model(prices, entry.model, _mix(entry))):
        said.append(Alternative(provider=offer.provider, model=offer.model, same_model=True))
    if not said:
        hint = "say breakeven: {against: [{provider: ..., model: ...}]}"
        place = plan.document.place(("breakeven",))
        raise InputError("E-PLAN-081", "what self-hosting is compared with is not told", hint, place)
    return [(_name(one), _hosted(one, entry)) for one in said]


def _mix(entry: Serving) -> float:
    """The share of the input in all tokens, by the middles."""
    sizes = [float(np.median(q.range.ends[1] if q.range else q.number or 1.0)) for q in (entry.input, entry.output)]
    return sizes[0] / sum(sizes)


def _name(one: Alternative) -> str:
    name = one.name or f"{one.model} ({one.provider})"
    return f"{name}, the same model" if one.same_model and not one.name else name


def _hosted(one: Alternative, entry: Serving) -> ModelApi:
    """The calls of the alternative, of the same tokens as those of the serving entry."""
    made = ModelApi(
        name=_name(one), provider=one.provider, model=one.model or "stated", tier=one.tier, prices=one.prices,
        requests=entry.requests, input=entry.input, output=entry.output,
    )  # fmt: skip
    # Quantities are known by their identity: those of the copies have to be those of the plan.
    told = {"input": entry.input, "output": entry.output, "prices": one.prices}
    return made.model_copy(update={**told, **({"cached": one.cached} if one.cached is not None else {})})


def _worlds(plan: PlanFile, prices: Prices, ranges: tuple[Variable, ...], months: int, draws: int, seed: int) -> World:
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


@dataclass(frozen=True)
class _Comparison:
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
        world = _worlds(self.plan, self.prices, self.ranges, len(volumes), draws, self.seed)
        tokens = world(self.entry.input) + world(self.entry.output)
        world.known[VOLUME] = Path.by_month(volumes) / tokens
        found = _lines(self.placed, other or self.entry, world, volumes)
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
        world = _worlds(self.plan, self.prices, self.ranges, 1, 0, self.seed)
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
    """The 10th and the 90th percentile of the first volume at which serving is cheaper, over the draws that have one."""
    ever = cheaper.any(axis=0)
    first = volumes[cheaper.argmax(axis=0)][ever]
    low, high = np.percentile(first, (10, 90)) if len(first) else (None, None)
    return (None, None) if low is None else (float(low), float(high))


def _lines(placed: Placed, entry: Serving | ModelApi, world: World, volumes: Array) -> Array:
    """The cost of an entry at each volume; shape (volumes, draws)."""
    try:
        found: list[Line] = list(_by_volume(entry).lines(world))
    except (PlanError, InputError) as error:
        raise InputError(error.code, error.message, error.hint, error.place or placed.place()) from error
    costs = [line.cost.grid(len(volumes)) for line in found]
    return np.asarray(sum(costs[1:], costs[0]))


def _own_volume(
    plan: PlanFile, prices: Prices, ranges: tuple[Variable, ...], entry: Serving, draws: int, seed: int
) -> Array:
    """The tokens a month of the entry in the plan itself; shape (months, draws)."""
    world = _worlds(plan, prices, ranges, plan.plan.months, draws, seed)
    tokens = world(entry.requests) * (world(entry.input) + world(entry.output))
    return tokens.grid(plan.plan.months)


def _dated(crossing: Crossing, plan: PlanFile, own: Array) -> Crossing:
    """The first month in which the plan has the volume of a crossing, and in how many draws it has it at all."""
    if crossing.tokens_per_month is None:
        return crossing
    reached = own >= crossing.tokens_per_month
    median = np.median(own, axis=1) >= crossing.tokens_per_month
    month = month_label(plan.start, int(median.argmax())) if median.any() else None
    return replace(crossing, month=month, month_probability=float(reached.any(axis=0).mean()))


def _assumed(alternatives: Sequence[tuple[str, ModelApi]]) -> str:
    """Whoever compares models of different names says that they do the same work."""
    names = ", ".join(name for name, _ in alternatives if not name.endswith("the same model"))
    return f"assumes that the served model does the work of {names} as well" if names else ""
