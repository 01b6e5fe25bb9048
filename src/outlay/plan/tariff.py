"""What sellers ask on the day of a plan: tokens by class, and resources by the step that a quantity reaches."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal

import numpy as np

from outlay.plan.quantities.path import Array, Path
from outlay.plan.world import PlanError, Prices, World
from outlay.prices.price import STANDARD
from outlay.prices.quote import priced_as
from outlay.prices.resources import ON_DEMAND, ResourcePrice, Wanted


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells which model, and in which class of service."""

    provider: str
    model: str
    tier: str = STANDARD
    region: str = ""

    def __str__(self) -> str:
        return f"{self.model} of {self.provider}" + (f" ({self.tier})" if self.tier != STANDARD else "")


@dataclass(frozen=True, slots=True)
class Tariff:
    """The prices of a model on the day of a plan, one for each length of context that changes them."""

    seller: Seller
    name: str
    steps: tuple[tuple[int, dict[str, float]], ...]

    def price(self, unit: str, context: Path) -> Path | None:
        """The price of one token of a class for calls with so many input tokens; None if nobody asks one."""
        found = None
        for above, prices in self.steps:
            name = priced_as(unit, prices)
            if name is None:
                return None
            price = prices[name]
            found = Path.of(price) if found is None else _from(above, price, found, context)
        return found


def _from(above: int, price: float, below: Path, context: Path) -> Path:
    """The price of longer contexts where a call is so long."""
    return context.each(lambda c, b: np.where(c > above, price, b), below)


def tariff(world: World, seller: Seller, where: tuple[str | int, ...] = ("model",)) -> Tariff:
    """The prices of a model. Raises `PlanError` for a model or a tier that nobody sells on that day."""
    _in_dollars(world, where)
    book, at = world.prices.book, datetime.combine(world.prices.day, time(12), UTC)
    provider = book.names.provider(seller.provider)
    if provider is None:
        near = book.names.near_providers(seller.provider)
        raise PlanError("E-PLAN-030", f"unknown provider {seller.provider!r}", _meant(near), (*where[:-1], "provider"))
    found = book.names.model(provider, seller.model, at.date().isoformat())
    if found is None:
        near = book.names.near(provider, seller.model)
        raise PlanError("E-PLAN-031", f"unknown model {seller.model!r} of {provider}", _meant(near), where)
    bounds = sorted({0, *(p.above for p in book.of(*found) if p.tier == seller.tier)})
    steps = [(above, book.at(*found, at, seller.tier, above + 1, seller.region.lower())) for above in bounds]
    if not steps[0][1]:
        tiers = ", ".join(sorted({p.tier for p in book.of(*found)}))
        message = f"no {seller.tier} price of {found[1]} holds on {at.date()}"
        raise PlanError("E-PLAN-032", message, f"known tiers: {tiers}", where)
    dollar = world.prices.dollar
    told = tuple((above, {u: float(p.each) * dollar for u, p in prices.items()}) for above, prices in steps)
    return Tariff(seller, found[1], told)


def _in_dollars(world: World, where: tuple[str | int, ...]) -> None:
    """Refuse a price of the book where nobody says what a dollar is worth."""
    if math.isnan(world.prices.dollar):
        hint = "state dollar: 0.86 (what a dollar is worth in the currency of the plan), or state the price"
        raise PlanError("E-PLAN-091", "the price book is in USD, the plan is not", hint, where)


def _meant(near: list[str]) -> str:
    return f"did you mean {', '.join(near)}?" if near else "outlay prices list shows what is known; or state the prices"


def resource(world: World, wanted: Wanted, where: tuple[str | int, ...] = ("item",)) -> ResourcePrice:
    """The price of a resource. Raises `PlanError` if nobody asks one, or several differ."""
    _in_dollars(world, where)
    found = world.prices.resources.quote(wanted, Decimal(1), world.prices.day)
    if found.price is None:
        hint = f"did you mean {', '.join(found.suggestions)}?" if found.suggestions else "or state the price"
        raise PlanError("E-PLAN-033", found.reason, hint, where)
    return found.price


def stepped(world: World, price: ResourcePrice, quantity: Path) -> Path:
    """What a quantity costs each month, each part at the price of its step; a range is taken at its middle."""
    dollar = world.prices.dollar
    if not price.steps:
        assert price.low is not None and price.high is not None
        return quantity * (float(price.low + price.high) / 2 * dollar)
    if len(price.steps) == 1:
        return quantity * (float(price.steps[0].price) * dollar)
    bounds = np.array([float(step.above) for step in price.steps])
    prices = np.array([float(step.price) for step in price.steps]) * dollar
    before = np.concatenate([[0.0], np.cumsum(np.diff(bounds) * prices[:-1])])

    def cost(amount: Array) -> Array:
        step = np.searchsorted(bounds, amount, side="left").clip(1) - 1
        found: Array = before[step] + (amount - bounds[step]) * prices[step]
        return found

    return quantity.each(cost)


def gpu(provider: str, item: str, region: str = "", term: str = ON_DEMAND, offer: str = "") -> Wanted:
    """A GPU hour as it is looked up."""
    return Wanted("gpu", item, provider, "GPU-hour", region, term, offer)


def dearest_gpu_hour(prices: Prices, item: str) -> ResourcePrice | None:
    """The dearest price on demand of a GPU hour on the day: what one pays where nobody else has it."""
    found = prices.resources.find(Wanted("gpu", item, unit="GPU-hour", term=ON_DEMAND), prices.day)
    return max((p for p in found if p.price is not None), key=lambda p: p.price or 0, default=None)
