"""Compute the lines of a plan in a world: every entry, its window of months, and the factors on its layer."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from outlay.model.problem import InputError
from outlay.plan.file.names import Variable
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.file.readiness import Toggle, toggles
from outlay.plan.line import Line
from outlay.plan.quantities.path import Array, Path
from outlay.plan.world import PlanError, Prices, World


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of a plan with the entry that it belongs to."""

    placed: Placed
    line: Line

    @property
    def layer(self) -> str:
        """The cost layer."""
        return self.placed.layer


def world_of(
    plan: PlanFile,
    prices: Prices,
    values: Mapping[str, Array],
    variables: tuple[Variable, ...],
    scaled: Mapping[int, float] | None = None,
) -> World:
    """A world of a plan in which its ranges have these values, some of its quantities multiplied."""
    names = {id(v.quantity): v.name for v in variables}
    world = World(
        plan.plan.months, plan.start, prices, plan.assumptions, values, names, scaled or {}, plan.document.path.parent
    )
    if plan.plan.dollar is not None:
        world.prices = replace(prices, dollar=float(world(plan.plan.dollar).level[0]))
    elif plan.plan.currency != "USD":
        world.prices = replace(prices, dollar=math.nan)
    return world


def evaluate(plan: PlanFile, world: World) -> Iterator[Planned]:
    """Every line of a plan, layer by layer. Raises `InputError` with the place of what cannot be computed."""
    factors, named = factors_of(plan, world), _named_factors(plan)
    wanted = toggles(plan)
    bases: dict[str, list[Line]] = {layer: [] for toggle in wanted for layer in toggle.of}
    for placed in plan.entries:
        for line in _entry(placed, world):
            made = line
            if placed.layer in factors:
                made = replace(line, cost=line.cost * factors[placed.layer], why=f"{line.why}; {named[placed.layer]}")
            if placed.layer in bases:
                bases[placed.layer].append(made)
            yield Planned(placed, made)
    for toggle in wanted:
        yield from _ready(plan, world, toggle, bases)


def _entry(placed: Placed, world: World) -> Iterator[Line]:
    """The lines of an entry, within its months."""
    entry = placed.entry
    if entry.since and entry.until and entry.until < entry.since:
        message = f"{entry.name} ends in {entry.until} before it begins in {entry.since}"
        raise InputError("E-PLAN-092", message, "until is the last month", placed.place(("until",)))
    first = max(world.month_of(entry.since), 0) if entry.since else 0
    until = min(world.month_of(entry.until) + 1, world.months) if entry.until else world.months
    try:
        for line in entry.lines(world):
            begins = max(first, line.first)
            ends = until if line.until is None else min(until, line.until)
            yield replace(line, first=max(begins, 0), until=max(ends, begins, 0))
    except PlanError as error:
        raise InputError(error.code, error.message, error.hint, placed.place(error.where)) from error
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, error.place or placed.place()) from error


def _named_factors(plan: PlanFile) -> dict[str, str]:
    """The factors on each layer in words."""
    found: dict[str, list[str]] = {}
    for multiplier in plan.plan.multipliers:
        for layer in multiplier.layers:
            found.setdefault(layer, []).append(f"x {multiplier.factor} {multiplier.name}")
    for layer, overrun in plan.plan.overruns.items():
        found.setdefault(layer, []).append(f"x {overrun} overrun")
    return {layer: ", ".join(words) for layer, words in found.items()}


def factors_of(plan: PlanFile, world: World) -> dict[str, Path]:
    """By what each layer is multiplied: the multipliers of the plan and the overrun that is expected of it."""
    found: dict[str, Path] = {}
    for multiplier in plan.plan.multipliers:
        for layer in multiplier.layers:
            found[layer] = found.get(layer, Path.of(1.0)) * world(multiplier.factor)
    for layer, overrun in plan.plan.overruns.items():
        found[layer] = found.get(layer, Path.of(1.0)) * world(overrun)
    return found


def _ready(plan: PlanFile, world: World, toggle: Toggle, bases: Mapping[str, list[Line]]) -> Iterator[Planned]:
    """What a toggle of readiness adds: a share of the lines that it depends on, month by month."""
    windows: dict[tuple[int, int | None], Path] = {}
    for line in (line for layer in toggle.of for line in bases[layer]):
        window = line.first, line.until
        windows[window] = line.cost + windows[window] if window in windows else line.cost
    for (first, until), base in windows.items():
        why = f"{toggle.factor} of {', '.join(toggle.of)}: {toggle.why}"
        cost = base * world(toggle.factor)
        yield Planned(toggle.placed(plan), Line(toggle.name, cost, why, stage="production", first=first, until=until))
