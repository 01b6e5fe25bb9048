"""Contracts as vendors quote them: by the seat, in steps of volume, or with a committed spend. They fit every layer."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from outlay.plan.layers.bought import bought
from outlay.plan.layers.entry import Entry, Strict
from outlay.plan.line import Line
from outlay.plan.quantities.field import ANY, PRICE, USAGE, In
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.quantities.units import ONE, parse_unit, times
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World
from outlay.prices.resources import Wanted

NONE = parse_quantity(0)
LIST_PRICE = parse_quantity(1)
_TIME = parse_unit("month").dimension


class Seated(Entry):
    """What is paid by the seat: whole seats, and at least the minimum.

    Billed yearly, a seat that is taken stays until the contract's year is over; the bill is spread over the months.
    """

    seats: Annotated[Quantity, In("seats", group=USAGE)]
    """How many are needed."""
    price: Annotated[Quantity, In("$/seat-month", group=PRICE, also=("$/month",))] | None = None
    """What one costs: $50 / seat-month or $600 / seat / year; in place of the book."""
    minimum: Annotated[Quantity, In("seats")] | None = None
    """How many are paid at least."""
    billed: Literal["monthly", "yearly"] = "monthly"
    """When seats can be given back: every month, or when a year of the contract is over."""
    item: str = ""
    """What is paid, in the price book, such as seat of wandb."""
    offer: str = ""
    """Which offer of it, such as teams."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the seats at their price."""
        least = world(self.minimum) if self.minimum is not None else Path.of(0.0)
        seats = world(self.seats).each(np.maximum, least).each(lambda s: np.ceil(s - 1e-9))
        if self.billed == "yearly" and not seats.constant:
            seats = Path.by_month(_held(seats.grid(), world.month_of(self.since) if self.since else 0))
        wanted = Wanted("mlops", self.item, self.provider, "seat-month", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"seats": seats})
        told = f"{self.seats}, at least {self.minimum}" if self.minimum is not None else str(self.seats)
        yield Line("seats", cost, f"{told}, billed {self.billed}; {why}", seats, "seats", fixed=True)


def _held(seats: Array, first: int) -> Array:
    """Seats that only grow from the first month of each year of a contract to its last."""
    held = seats.copy()
    for begin in range(first % MONTHS_A_YEAR - MONTHS_A_YEAR, len(held), MONTHS_A_YEAR):
        year = slice(max(begin, 0), begin + MONTHS_A_YEAR)
        held[year] = np.maximum.accumulate(held[year], axis=0)
    return held


class SeatContract(Seated):
    """A contract by the seat: 14 people at $50 with a minimum of 20 seats pay $1,000 a month."""

    kind: Literal["seat-contract"] = "seat-contract"


class Step(Strict):
    """A step of a contract."""

    above: Annotated[Quantity, In(ANY)] = NONE
    """From where on the step holds; the first one holds from 0."""
    price: Annotated[Quantity, In(ANY, group=PRICE)]
    """What a unit costs there."""


class TierContract(Entry):
    """A contract in steps of volume: 3 M calls at $2 / 1k up to 1 M and $1 / 1k above cost 2,000 + 2,000 = $4,000.

    With `whole` all of it costs what the step says that it reaches: 3,000 x 1 = $3,000.
    """

    kind: Literal["tier-contract"] = "tier-contract"
    quantity: Annotated[Quantity, In(ANY, knob="traffic", group=USAGE)]
    """What is used in a month, in any unit."""
    steps: Annotated[list[Step], Field(min_length=1)]
    """Prices by volume: `above` of the same unit, and `price` of one."""
    whole: bool = False
    """Whether the step that is reached prices everything, not only what is above it."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the quantity over the steps."""
        quantity, bounds = world(self.quantity), self._bounds(world)
        cost = Path.of(0.0)
        for step, above, below in zip(self.steps, bounds, [*bounds[1:], np.inf], strict=True):
            world.expect_money(self.quantity, step.price)
            cost = cost + quantity.each(lambda q, a=above, b=below: self._part(q, a, b)) * world(step.price)
        steps = ", ".join(f"above {step.above} {step.price}" for step in self.steps)
        how = "all at the step it reaches" if self.whole else "part by part"
        yield Line("usage", cost, f"{self.quantity}: {steps}; {how}", quantity, "units")

    def _part(self, quantity: Array, above: float, below: float) -> Array:
        """What of a quantity a step prices."""
        if self.whole:
            return np.where((quantity > above) & (quantity <= below), quantity, 0.0)
        return np.clip(quantity, above, below) - above

    def _bounds(self, world: World) -> Sequence[float]:
        """Where the steps begin, in the base unit of the quantity."""
        said = world.dimension_of(self.quantity)
        for index, step in enumerate(self.steps):
            unit, where = world.dimension_of(step.above), ("steps", index, "above")
            if step.above.number is None:
                raise PlanError("E-PLAN-056", f"{step.above} is no bound of a contract", "write one number", where)
            if said and unit not in (ONE, said, times(said, _TIME)):
                message = f"{step.above} is no bound of {self.quantity}"
                raise PlanError("E-PLAN-011", message, "give both in the same unit", where)
        found = [float(world(step.above).level[0]) for step in self.steps]
        if found[0] != 0 or sorted(set(found)) != found:
            raise PlanError(
                "E-PLAN-056", "the steps do not rise from 0", "leave above out of the first one", ("steps",)
            )
        return found


class Commitment(Entry):
    """A committed spend: what is used at list price less the discount is paid for, and at least the commitment.

    Committed $10,000 at 20% off cover 12,500 of usage; of 15,000 the rest is overage: 10,000 + 2,500 = $12,500.
    """

    kind: Literal["commitment"] = "commitment"
    committed: Annotated[Quantity, In("$/month", group=PRICE, also=("$",))]
    """What is paid each month, used or not."""
    usage: Annotated[Quantity, In("$/month", knob="traffic", group=USAGE, also=("$",))]
    """What is used in a month, at list price."""
    discount: Annotated[Quantity, In("", least=0.0, most=0.99)] = NONE
    """Share off the list price within the commitment."""
    overage: Annotated[Quantity, In("")] = LIST_PRICE
    """What usage above the commitment costs, as a multiple of the list price; 1 is the list price."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the commitment, and what is used above it."""
        committed, usage = world(self.committed), world(self.usage)
        covered = committed / (1 - world(self.discount))
        above = (usage - covered).each(lambda a: np.maximum(a, 0.0))
        why = f"{self.committed} committed, {self.usage} used less {self.discount}; above x {self.overage}"
        yield Line("commitment", committed + above * world(self.overage), why, usage, "$ at list price")


CONTRACTS = (SeatContract, TierContract, Commitment)
