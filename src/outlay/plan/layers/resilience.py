"""Being ready for failure: machines that wait, tests of failover, backups, replication, and what a breach costs."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.bought import HOURS, MachinePrice, bought
from outlay.plan.layers.cadence import Cadence, times_a_month
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.labour import Rate, WorkHours
from outlay.plan.layers.network import Moved, Route, TransferPrice
from outlay.plan.layers.storage import Per, StoragePrice
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World
from outlay.prices.resources import Wanted

ONCE = parse_quantity(1)
NONE = parse_quantity(0)


class Standby(Entry):
    """Machines that wait for others to fail: 2 in each of 2 regions x 730 h at $3 are $8,760 a month."""

    kind: Literal["standby"] = "standby"
    machines: Annotated[Quantity, In("", also=("machines", "GPU"))]
    """Machines or GPUs that wait in each region."""
    regions: Annotated[Quantity, In("")] = ONCE
    """In how many regions."""
    running: Annotated[Quantity, share()] = ONCE
    """Share of the time that they are switched on; a cold standby is on for tests only."""
    item: str = ""
    """The GPU in the price book, such as h100-80gb."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: MachinePrice | None = None
    """What one costs an hour, in place of the book."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: their hours."""
        machines = world(self.machines) * world(self.regions) * world(self.running)
        wanted = Wanted("gpu", self.item, self.provider, "GPU-hour", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"h": machines * HOURS, "machines": machines})
        told = f"{self.machines} x {self.regions} regions x {self.running} of {HOURS:g} h; {why}"
        yield Line("standby", cost, told, machines * HOURS, "h", "production", fixed=True)


class FailoverTest(Entry):
    """Failing over on purpose: 24 hours at $120 and $500 of machines are $3,380 each time."""

    kind: Literal["failover-test"] = "failover-test"
    every: Cadence
    """How often: monthly, quarterly, yearly, or times a year."""
    hours: WorkHours
    """Hours of people in one test."""
    rate: Rate
    """What an hour costs."""
    resources: Annotated[Quantity, In("$/run", group=PRICE, also=("$",))] = NONE
    """What machines and traffic of one test cost."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the tests."""
        tests = times_a_month(world, self.every, self.since)
        each = world(self.hours) * world(self.rate) + world(self.resources)
        why = f"{self.hours} at {self.rate} + {self.resources}, {self.every}"
        yield Line("failover tests", tests * each, why, tests, "runs", "production", fixed=True)


class Backup(Entry):
    """Copies to recover from: 20 TB x 2 copies at $0.01 / GB-month are $400 a month."""

    kind: Literal["backup"] = "backup"
    data: Annotated[Quantity, In("GB", group=USAGE)]
    """What is backed up."""
    growth: Annotated[Quantity, In("1/month", least=-1.0)] | None = None
    """By which share it grows from month to month."""
    copies: Annotated[Quantity, In("")] = ONCE
    """How many copies are kept beside the original."""
    item: str = ""
    """The class of storage in the price book."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: StoragePrice | None = None
    """What a GB costs a month, in place of the book."""
    per: Per = ""
    """Whether the provider counts GB or GiB, where the price book has both."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the copies."""
        data = world(self.data) * world(self.copies)
        held = world.growing(data, self.growth) if self.growth is not None else data
        wanted = Wanted("storage", self.item, self.provider, self.per, self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"GB": held})
        yield Line("backups", cost, f"{self.data} x {self.copies} copies; {why}", held, "GB", "production", fixed=True)


class Breach(Entry):
    """What breaches of an SLO are expected to cost: 6 incidents a year x 25% x $20k are $2,500 a month."""

    kind: Literal["breach"] = "breach"
    incidents: Cadence
    """Incidents a year, such as 2..4..9 / year."""
    probability: Annotated[Quantity, share()]
    """How likely an incident breaks the SLO, as a range where nobody knows."""
    credits: Annotated[Quantity, In("$", group=PRICE, also=("$/run",))] | None = None
    """Credits that customers get for one breach."""
    loss: Annotated[Quantity, In("$", group=PRICE, also=("$/run",))] | None = None
    """What else one breach costs: lost revenue, penalties, repair."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the expectation."""
        costs = [cost for cost in (self.credits, self.loss) if cost is not None]
        if not costs:
            raise PlanError("E-PLAN-021", f"{self.name} says no cost", "write credits, or loss")
        breaches = world(self.incidents) * world(self.probability) / MONTHS_A_YEAR
        why = f"{self.incidents} a year x {self.probability} x ({' + '.join(map(str, costs))}), expected"
        cost = breaches * sum(map(world, costs), Path.of(0.0))
        yield Line("breaches", cost, why, breaches, "breaches", "production", fixed=True)


class Replication(Entry):
    """Data that is kept in step elsewhere: 3 TB of changes x 2 regions at $0.02 are $120 a month."""

    kind: Literal["replication"] = "replication"
    data: Moved
    """What changes in a month."""
    regions: Annotated[Quantity, In("")] = ONCE
    """To how many regions it goes."""
    route: Route = "inter-region"
    """What it crosses; `provider` and `region` are those of the source."""
    offer: str = ""
    """Which offer of the provider, where there are several."""
    price: TransferPrice | None = None
    """What a GB costs, in place of the book."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: what moves."""
        moved = world(self.data) * world(self.regions)
        if self.price is None and not self.provider:
            raise PlanError("E-PLAN-053", f"nobody asks a price for {self.name}", "write price, or provider")
        wanted = Wanted("egress", str(self.route), self.provider, "", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"GB": moved}, ("route",))
        yield Line("replication", cost, f"{self.data} x {self.regions} regions; {why}", moved, "GB", "production")


ENTRIES = (Standby, FailoverTest, Backup, Breach, Replication)
