"""Machines and endpoints that are simply there, whatever they work."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.entry import Entry
from outlay.plan.layers.gpu_price import ONE
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, In
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import World


class Machines(Entry):
    """Machines or endpoints that are simply there: `count` x `hours` a month x `price` an hour.

    `used` is the share of the hours in which they work; the rest is idle. An endpoint that is up 24 hours for 6 hours
    of traffic is idle for 75%.
    """

    kind: Literal["machines"] = "machines"
    count: Annotated[Quantity, In("", also=("machines", "GPUs", "nodes", "replicas"))] = ONE
    """How many there are."""
    price: Annotated[Quantity, In("$/h", group=PRICE, also=("$/GPU/h", "$/machine/h"))]
    """What one costs an hour."""
    hours: Annotated[Quantity, In("h/month", also=("h",))] = parse_quantity(730)
    """Hours that each is up in a month."""
    used: Annotated[Quantity, In("", most=1.0)] = ONE
    """Share of the hours in which they work."""

    def lines(self, world: World) -> Iterator[Line]:
        """Busy hours, then idle ones."""
        hours = world(self.count) * world(self.hours)
        price, used = world(self.price), world(self.used)
        why = f"{self.count} x {self.hours} at {self.price}"
        yield Line("busy hours", hours * used * price, why, hours * used, "hours", fixed=True)
        if self.used is not ONE:
            idle = hours * (1 - used)
            yield Line("idle hours", idle * price, f"{why}, {self.used} used", idle, "hours", "production", fixed=True)
