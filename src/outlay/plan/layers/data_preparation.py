"""Making data fit to learn from: what one cycle of cleaning, labelling and checking costs x how many cycles run.

Weekly is 52 / 12 = 4.33 cycles a month.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.bought import MachinePrice
from outlay.plan.layers.cadence import Cyclic
from outlay.plan.layers.labour import Rate, WorkHours
from outlay.plan.line import Line, Stage
from outlay.plan.quantities.field import PRICE, USAGE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World

NONE = parse_quantity(0)
ONCE = parse_quantity(1)
CycleData = Annotated[Quantity, In("GB", group=USAGE, also=("GB/run",))]
DataPrice = Annotated[Quantity, In("$/GB", group=PRICE)]


class _Prepared(Cyclic):
    """A cycle whose parts are amounts at prices."""

    def _part(
        self,
        world: World,
        name: str,
        amount: tuple[str, Quantity | None, str],
        price: tuple[str, Quantity | None],
        stage: Stage = "initial",
    ) -> Iterator[Line]:
        """The line of an amount for each cycle at a price, where it is stated."""
        (key, each, unit), (price_key, at) = amount, price
        if each is None and at is None:
            return
        if each is None or at is None:
            missing = key if each is None else price_key
            raise PlanError("E-PLAN-021", f"{self.name} has no {missing}", f"{key} and {price_key} go together")
        done = self.cycles(world) * world(each)
        yield Line(name, done * world(at), f"{each} at {at}, {self.told}", done, unit, stage)

    def _some(self, found: list[Line], hint: str) -> Iterator[Line]:
        """The lines, of which there has to be one."""
        if not found:
            raise PlanError("E-PLAN-021", f"{self.name} says no cost", hint)
        return iter(found)


class Cleaning(_Prepared):
    """Cleaning and conversion: 500 GB at $0.40 and 6 hours at $100 are 200 + 600 = $800 a cycle."""

    kind: Literal["cleaning"] = "cleaning"
    data: CycleData | None = None
    """What one cycle goes through."""
    price: DataPrice | None = None
    """What a GB costs on the data platform."""
    hours: WorkHours | None = None
    """Hours of people in one cycle."""
    rate: Rate | None = None
    """What an hour of them costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The data platform, and the hours."""
        processed = self._part(world, "cleaning", ("data", self.data, "GB"), ("price", self.price))
        worked = self._part(world, "cleaning by people", ("hours", self.hours, "h"), ("rate", self.rate))
        yield from self._some([*processed, *worked], "write data and price, or hours and rate")


class Labelling(_Prepared):
    """Labels by people: 10,000 items at $0.08, of which 10% are labelled again for review, are $880 a cycle."""

    kind: Literal["labelling"] = "labelling"
    items: Annotated[Quantity, In("items", group=USAGE, also=("items/run",))]
    """Items that one cycle labels."""
    labels: Annotated[Quantity, In("")] = ONCE
    """How many people label each item."""
    price: Annotated[Quantity, In("$/item", group=PRICE)]
    """What one label costs."""
    review: Annotated[Quantity, share()] = NONE
    """Share of the labels that is made again to review them."""

    def lines(self, world: World) -> Iterator[Line]:
        """The labels, and their review."""
        labels = self.cycles(world) * world(self.items) * world(self.labels)
        cost, told = labels * world(self.price), f"{self.items} x {self.labels} at {self.price}, {self.told}"
        yield Line("labels", cost, told, labels, "items")
        if self.review is not NONE:
            again = world(self.review)
            yield Line("review", cost * again, f"{self.review} of {told}", labels * again, "items", "production")


class Validation(_Prepared):
    """Checks of every cycle: hours of people, and hours of machines."""

    kind: Literal["validation"] = "validation"
    hours: WorkHours | None = None
    """Hours of people in one cycle."""
    rate: Rate | None = None
    """What an hour of them costs."""
    compute_hours: WorkHours | None = None
    """Hours of machines in one cycle."""
    compute_price: MachinePrice | None = None
    """What an hour of a machine costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The hours of people, and those of machines."""
        hours, machines = ("hours", self.hours, "h"), ("compute_hours", self.compute_hours, "h")
        worked = self._part(world, "validation", hours, ("rate", self.rate), "production")
        price = ("compute_price", self.compute_price)
        computed = self._part(world, "validation compute", machines, price, "production")
        yield from self._some([*worked, *computed], "write hours and rate, or compute_hours and compute_price")


class Ingestion(_Prepared):
    """Pipelines: 5 of them daily at $0.80 a run are 5 x 365 / 12 x 0.80 = $121.67 a month."""

    kind: Literal["ingestion"] = "ingestion"
    pipelines: Annotated[Quantity, In("")] = ONCE
    """How many pipelines run at this cadence."""
    run_price: Annotated[Quantity, In("$/run", group=PRICE, also=("$",))] | None = None
    """What one run of one of them costs."""
    data: CycleData | None = None
    """What one run takes in."""
    price: DataPrice | None = None
    """What a GB costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The runs, and the data."""
        found = []
        pipelines = world(self.pipelines)
        if self.run_price is not None:
            runs = self.cycles(world) * pipelines
            why = f"{self.pipelines} pipelines {self.told} at {self.run_price}"
            found.append(Line("pipeline runs", runs * world(self.run_price), why, runs, "runs"))
        for line in self._part(world, "data taken in", ("data", self.data, "GB"), ("price", self.price)):
            moved = (line.quantity or Path.of(0.0)) * pipelines
            found.append(Line(line.part, line.cost * pipelines, line.why, moved, line.unit))
        yield from self._some(found, "write run_price, or data and price")


ENTRIES = (Cleaning, Labelling, Validation, Ingestion)
