"""Platforms of ML: seats, metered consumption, annual invoices, and the labour of tools that are free."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from outlay.plan.layers.bought import HOURS, MachinePrice, bought
from outlay.plan.layers.contracts import Seated
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.labour import MonthlyHours, Rate
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World
from outlay.prices.resources import Wanted

NONE = parse_quantity(0)


class Seats(Seated):
    """Seats of a platform: 12 people at $50 are $600 a month."""

    kind: Literal["seats"] = "seats"


class Consumption(Entry):
    """Units that a platform meters: 300 hours x 4 DBU at $0.55 are $660 a month."""

    kind: Literal["consumption"] = "consumption"
    credits: Annotated[Quantity, In("credits/month", knob="traffic", group=USAGE, also=("credits",))] | None = None
    """Credits or DBU a month."""
    hours: MonthlyHours | None = None
    """Hours of clusters a month, where the credits follow from them."""
    credits_per_hour: Annotated[Quantity, In("credits/h", also=("credits",))] | None = None
    """Credits that one hour takes."""
    item: str = ""
    """What is paid, in the price book, such as jobs-compute of databricks."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: Annotated[Quantity, In("$/credit", group=PRICE)] | None = None
    """What a credit costs, in place of the book."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the credits."""
        spent, told = self._spent(world)
        wanted = Wanted("mlops", self.item, self.provider, "DBU", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"credits": spent})
        yield Line("consumption", cost, f"{told}; {why}", spent, "credits")

    def _spent(self, world: World) -> tuple[Path, str]:
        if self.credits is not None and self.hours is None and self.credits_per_hour is None:
            return world(self.credits), str(self.credits)
        if self.credits is not None or self.hours is None or self.credits_per_hour is None:
            hint = "write credits, or hours and credits_per_hour"
            raise PlanError("E-PLAN-021", f"{self.name} does not say what is consumed", hint)
        return world(self.hours) * world(self.credits_per_hour), f"{self.hours} x {self.credits_per_hour}"


class Invoice(Entry):
    """An annual invoice, spread over its months: $50k a year are $4,166.67 a month."""

    kind: Literal["invoice"] = "invoice"
    annual: Annotated[Quantity, In("$/year", group=PRICE, also=("$",))]
    """What is invoiced for a year."""
    uplift: Annotated[Quantity, In("", least=-1.0)] = NONE
    """By which share it rises when it is renewed, every 12 months from the first one."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: a twelfth of it each month."""
        first = world.month_of(self.since) if self.since else 0
        renewals = np.maximum(np.arange(world.months, dtype=np.float64) - first, 0) // MONTHS_A_YEAR
        cost = world(self.annual) / MONTHS_A_YEAR
        if self.uplift is not NONE:
            cost = cost * (1 + world(self.uplift)).each(np.power, Path.by_month(renewals))
        rising = f", {self.uplift} more at each renewal" if self.uplift is not NONE else ""
        yield Line("invoice", cost, f"{self.annual} a year / {MONTHS_A_YEAR}{rising}", fixed=True)


class OpenSource(Entry):
    """A free tool: 2 instances x 730 h at $0.20 and 30 hours of engineers at $110 are 292 + 3,300 = $3,592 a month."""

    kind: Literal["open-source"] = "open-source"
    instances: Annotated[Quantity, In("", also=("machines",))]
    """Instances that it runs on."""
    instance_price: MachinePrice
    """What one costs an hour."""
    hours: MonthlyHours
    """Hours of engineers who keep it running, each month."""
    rate: Rate
    """What an hour of them costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The instances, and the labour."""
        running, hours = world(self.instances) * HOURS, world(self.hours)
        why = f"{self.instances} x {HOURS:g} h at {self.instance_price}"
        yield Line("instances", running * world(self.instance_price), why, running, "h", fixed=True)
        why = f"{self.hours} a month at {self.rate}"
        yield Line("labour", hours * world(self.rate), why, hours, "h", "production", fixed=True)


ENTRIES = (Seats, Consumption, Invoice, OpenSource)
