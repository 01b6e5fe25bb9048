"""Data that moves: the GB of each flow x the regions it goes to x the price of its route.

A flow is an edge from a source to a destination. Its route decides the price: 20 TB over the internet at $0.09 are
$1,800, between two regions of one provider at $0.02 they are $400.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.bought import HOURS, MachinePrice, bought
from outlay.plan.layers.entry import Entry
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World
from outlay.prices.resource_rows import ROUTES
from outlay.prices.resources import Wanted

ONCE = parse_quantity(1)
Route = Literal[ROUTES]  # type: ignore[valid-type]
TransferPrice = Annotated[Quantity, In("$/GB", group=PRICE)]
Moved = Annotated[Quantity, In("GB/month", knob="traffic", group=USAGE, also=("GB", "GB/run"))]


class Flow(Entry):
    """One edge along which data moves. Whoever sends it pays: `provider` and `region` are those of the source."""

    kind: Literal["flow"] = "flow"
    source: str
    """Where the data comes from: a bucket, a cluster, a site."""
    destination: str
    """Where it goes."""
    route: Route
    """What the edge crosses."""
    data: Moved
    """What moves in a month, or with `runs` in one run."""
    runs: Annotated[Quantity, In("runs/month", knob="traffic", group=USAGE, also=("1/month", "runs"))] | None = None
    """How often a month the data moves."""
    round_trip: bool = False
    """Whether the same data comes back at the same price; a way back at another price is a flow of its own."""
    regions: Annotated[Quantity, In("")] = ONCE
    """To how many regions the data is replicated."""
    price: TransferPrice | None = None
    """What a GB costs, in place of the book."""
    offer: str = ""
    """Which offer of the provider, where there are several, such as premium tier."""
    per: Literal["", "GB", "GiB"] = ""
    """Whether the provider counts GB or GiB, where the price book has both; GB if nothing is said."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line, named after the edge."""
        moved = world(self.data) * world(self.regions) * (2.0 if self.round_trip else 1.0)
        if self.runs is not None:
            moved = moved * world(self.runs)
        if self.price is None and not self.provider:
            hint = "write price, or the provider of the source"
            raise PlanError("E-PLAN-053", f"nobody asks a price for {self.name}", hint)
        wanted = Wanted("egress", str(self.route), self.provider, self.per, self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"GB": moved}, ("route",))
        replicated = self.regions is not ONCE
        told = [
            str(self.data),
            *([f"x {self.runs}"] if self.runs is not None else []),
            *(["out and back"] if self.round_trip else []),
            *([f"to {self.regions} regions"] if replicated else []),
        ]
        name = f"{self.source} -> {self.destination} ({self.route})"
        yield Line(name, cost, f"{' '.join(told)}; {why}", moved, "GB", "production" if replicated else "initial")


class LoadBalancer(Entry):
    """Load balancers and gateways of a network: hours that they run, and the GB that pass them."""

    kind: Literal["load-balancer"] = "load-balancer"
    count: Annotated[Quantity, In("", also=("machines",))] = ONCE
    """How many run."""
    price: MachinePrice
    """What one costs an hour."""
    data: Moved | None = None
    """What passes in a month."""
    data_price: TransferPrice | None = None
    """What a GB that passes costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The hours, and the data."""
        count = world(self.count)
        why = f"{self.count} x {HOURS:g} h at {self.price}"
        yield Line("load balancers", count * HOURS * world(self.price), why, count * HOURS, "h", fixed=True)
        if (self.data is None) != (self.data_price is None):
            missing = "data" if self.data is None else "data_price"
            raise PlanError("E-PLAN-021", f"{self.name} has no {missing}", "data and data_price go together")
        if self.data is not None and self.data_price is not None:
            data = world(self.data)
            yield Line(
                "data that passes", data * world(self.data_price), f"{self.data} at {self.data_price}", data, "GB"
            )


ENTRIES = (Flow, LoadBalancer)
