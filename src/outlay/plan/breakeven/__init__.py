"""From which volume on self-hosting costs less than calling a hosted model: a curve of steps, and all its crossings.

API(V) = V x the price of the mix of tokens. Self(V) = replicas(V) x GPUs x price x 730 + labour + the rest: it rises in
steps, so that it may cross more than once, and every crossing is told. Both are computed from the entries of the plan,
with the volume in the place of its months.
"""

from dataclasses import replace
from typing import cast

import numpy as np

from outlay.plan.breakeven.alternatives import alternatives_of, assumed, serving_of
from outlay.plan.breakeven.comparison import Comparison, world_for
from outlay.plan.breakeven.curves import Breakeven, Crossing, Curve
from outlay.plan.file.formulas import check_formulas
from outlay.plan.file.names import variables
from outlay.plan.file.read import PlanFile
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.quantities.path import Array
from outlay.plan.world import Prices, month_label

DRAWS = 2_048
SELF = "self-hosted"

__all__ = ["Breakeven", "Crossing", "Curve", "break_even"]


def break_even(
    plan: PlanFile, prices: Prices, *, labour: bool = True, spares: bool = True, draws: int = DRAWS, seed: int = 1
) -> Breakeven:
    """The curves and crossings of a plan. Raises `InputError` if it serves nothing, or what to compare is not told."""
    check_formulas(plan)
    ranges = variables(plan)
    placed = serving_of(plan)
    entry = cast("Serving", placed.entry)
    entry = entry if spares else entry.model_copy(update={"spares": 0})
    alternatives = alternatives_of(plan, prices, entry)
    compare = Comparison(plan, prices, ranges, placed, entry, labour, draws, seed)
    found = [compare.crossings(name, other) for name, other in alternatives]
    own = _own_volume(compare)
    told = tuple(_dated(crossing, plan, own) for crossings in found for crossing in crossings)
    curves = (compare.curve(SELF, None), *(compare.curve(name, other) for name, other in alternatives))
    return Breakeven(entry.name, compare.told, curves, told, labour, spares, assumed(alternatives))


def _own_volume(compare: Comparison) -> Array:
    """The tokens a month of the entry in the plan itself; shape (months, draws)."""
    entry, months = compare.entry, compare.plan.plan.months
    world = world_for(compare.plan, compare.prices, compare.ranges, months, compare.draws, compare.seed)
    tokens = world(entry.requests) * (world(entry.input) + world(entry.output))
    return tokens.grid(months)


def _dated(crossing: Crossing, plan: PlanFile, own: Array) -> Crossing:
    """The first month in which the plan has the volume of a crossing, and in how many draws it has it at all."""
    if crossing.tokens_per_month is None:
        return crossing
    reached = own >= crossing.tokens_per_month
    median = np.median(own, axis=1) >= crossing.tokens_per_month
    month = month_label(plan.start, int(median.argmax())) if median.any() else None
    return replace(crossing, month=month, month_probability=float(reached.any(axis=0).mean()))
