"""What a million tokens cost at the mix of a plan: hosted models, others who host the same ones, and serving oneself.

Hosted prices are the same at every volume; serving falls with it, for replicas stand whether they are asked or not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outlay.plan.breakeven.comparison import Comparison
from outlay.plan.differences import middles
from outlay.plan.evaluate import world_of
from outlay.plan.file.names import variables
from outlay.plan.file.read import PlanFile
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.offers import offers, same_model
from outlay.plan.world import Prices

VOLUMES = (10e6, 100e6, 1e9, 10e9)


@dataclass(frozen=True, slots=True)
class Rate:
    """Dollars per million tokens at each of the volumes."""

    name: str
    usd_per_mtok: tuple[float, ...]


def token_rates(plan: PlanFile, prices: Prices) -> tuple[float, tuple[Rate, ...]]:
    """The share of the input in the tokens of a plan, and every rate at that mix, the cheapest of much first."""
    share = _input_share(plan, prices)
    if share is None:
        return 0.0, ()
    found = {rate.name: rate for rate in (*_hosted(plan, prices, share), *_served(plan, prices))}
    return share, tuple(sorted(found.values(), key=lambda rate: (rate.usd_per_mtok[-1], rate.name)))


def _input_share(plan: PlanFile, prices: Prices) -> float | None:
    """The share of the input in all tokens of the plan, over all months at the middle of every range."""
    ranges = variables(plan)
    world = world_of(plan, prices, middles(ranges), ranges)
    sides = np.zeros(2)
    for placed in plan.entries:
        entry = placed.entry
        if isinstance(entry, ModelApi | Serving):
            requests = world(entry.requests)
            sides += [float((requests * world(q)).grid(world.months).sum()) for q in (entry.input, entry.output)]
    return float(sides[0] / sides.sum()) if sides.any() else None


def _hosted(plan: PlanFile, prices: Prices, share: float) -> Iterator[Rate]:
    """The models that the plan calls, and the cheapest hosts of those that it serves."""
    known = {(o.provider, o.model): o for o in offers(prices, share)}
    for placed in plan.entries:
        entry = placed.entry
        if isinstance(entry, ModelApi):
            beside = [r for r in (*entry.routes, entry.fallback, entry.cascade) if r is not None]
            routes = [(entry.provider, entry.model), *((r.provider or entry.provider, r.model) for r in beside)]
            for provider, model in routes:
                named = prices.book.names.provider(provider) if provider else None
                found = named and prices.book.names.model(named, model, prices.day.isoformat())
                if found and (offer := known.get(found)):
                    yield Rate(f"{offer.model} ({offer.provider})", (offer.mix_per_mtok,) * len(VOLUMES))
        if isinstance(entry, Serving) and (same := same_model(prices, entry.model, share)):
            yield Rate(f"{same.model} ({same.provider})", (same.mix_per_mtok,) * len(VOLUMES))


def _served(plan: PlanFile, prices: Prices) -> Iterator[Rate]:
    """The entries that serve, replicas, spares and all, at the volumes; without labour."""
    ranges = variables(plan)
    for placed in plan.entries:
        if isinstance(placed.entry, Serving):
            compare = Comparison(plan, prices, ranges, placed, placed.entry, False, 0, 1)
            cost = compare.cost(None, np.array(VOLUMES), 0)[:, 0]
            yield Rate(
                f"{placed.entry.model}, served", tuple(float(c / v * 1e6) for c, v in zip(cost, VOLUMES, strict=True))
            )
