"""What things cost that are sold by the GB, the hour or the seat: at the price of the plan, or at that of the book."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from outlay.plan.quantities.field import PRICE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.tariff import resource, stepped
from outlay.plan.world import PlanError, World
from outlay.prices.resources import ResourcePrice, Wanted

HOURS = 730.0  # in a month, as everywhere in plans
GIB = 2**30 / 1e9
MachinePrice = Annotated[Quantity, In("$/h", group=PRICE, also=("$/machine/h", "$/GPU/h"))]
# What a unit of the price book counts, and how many of those it holds. Machines and people are counted for a month.
SOLD: Mapping[str, tuple[str, float]] = {
    "GB": ("GB", 1.0),
    "GB-month": ("GB", 1.0),
    "GiB": ("GB", GIB),
    "GiB-month": ("GB", GIB),
    "M-events": ("events", 1e6),
    "M-spans": ("spans", 1e6),
    "k-traces": ("traces", 1e3),
    "M-units": ("units", 1e6),
    "M-requests": ("requests", 1e6),
    "DBU": ("credits", 1.0),
    "seat-month": ("seats", 1.0),
    "host-month": ("machines", 1.0),
    "year": ("people", 12.0),
    **dict.fromkeys(("hour", "GPU-hour", "node-hour"), ("machines", 1 / HOURS)),
}


def bought(
    world: World,
    price: Quantity | None,
    wanted: Wanted,
    amounts: Mapping[str, Path],
    where: tuple[str | int, ...] = ("item",),
) -> tuple[Path, str]:
    """What an amount costs in each month, and who asks that.

    A stated price is that of the first of the amounts; an item of the book takes the one that it is sold by. Raises
    `PlanError` where no price is known.
    """
    if price is not None:
        return next(iter(amounts.values())) * world(price), f"{price} as the plan states"
    if not wanted.item:
        hint = f"write a price, or provider and item of: outlay prices list --family {wanted.family}"
        raise PlanError("E-PLAN-053", f"no price of {wanted.family}", hint, where)
    asked = resource(world, replace(wanted, unit=_unit(world, wanted, amounts, where)), where)
    counted, size = SOLD[asked.unit]
    return stepped(world, asked, amounts[counted] / size), _told(asked)


def _unit(world: World, wanted: Wanted, amounts: Mapping[str, Path], where: tuple[str | int, ...]) -> str:
    """The unit to buy an item in: of those that it is sold in one that the amounts tell, GB before GiB."""
    units = {price.unit for price in world.prices.resources.find(wanted, world.prices.day)}
    fit = [unit for unit in units if unit in SOLD and SOLD[unit][0] in amounts]
    if units and not fit:
        message = f"{wanted.item} is sold by the {', '.join(sorted(units))}"
        raise PlanError("E-PLAN-054", message, f"this is about {', '.join(amounts)}; take another item", where)
    return min(fit, key=lambda unit: (SOLD[unit][1], unit), default=wanted.unit)


def _told(asked: ResourcePrice) -> str:
    """A price of the book in words."""
    name = f"per {asked.unit} of {asked.item} of {asked.provider}, as of {asked.as_of}"
    if not asked.steps:
        return f"the middle of {asked.low} to {asked.high} {asked.currency} {name}"
    prices = " then ".join(f"{step.price:f}" for step in asked.steps)
    return f"{prices} {asked.currency} {name}" + (", part by part" if len(asked.steps) > 1 else "")
