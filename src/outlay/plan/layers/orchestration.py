"""What stands between users and models: gateways by the request and by the hour, workflows by the run, queues."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.bought import HOURS, MachinePrice
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.tokens import Requests
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World

ONCE = parse_quantity(1)
# A message is sent, received and deleted: three requests of Amazon SQS, which is paid by the request.
THRICE = parse_quantity(3)
RequestPrice = Annotated[Quantity, In("$/request", group=PRICE)]


class Gateway(Entry):
    """A gateway: 50 M requests at $1 / M and 2 instances x 730 h at $0.10 are 50 + 146 = $196 a month."""

    kind: Literal["gateway"] = "gateway"
    requests: Requests | None = None
    """Requests a month, where they are paid."""
    price: RequestPrice | None = None
    """What a request costs, such as $1 / M requests."""
    instances: Annotated[Quantity, In("", also=("machines",))] | None = None
    """How many instances run all month."""
    instance_price: MachinePrice | None = None
    """What one costs an hour."""

    def lines(self, world: World) -> Iterator[Line]:
        """The requests, and the instances."""
        if (self.requests is None) != (self.price is None) or (self.instances is None) != (self.instance_price is None):
            hint = "requests and price go together, and so do instances and instance_price"
            raise PlanError("E-PLAN-021", f"{self.name} says half of a cost", hint)
        if self.requests is None and self.instances is None:
            hint = "write requests and price, or instances and instance_price"
            raise PlanError("E-PLAN-021", f"{self.name} says no cost", hint)
        if self.requests is not None and self.price is not None:
            requests = world(self.requests)
            why = f"{self.requests} at {self.price}"
            yield Line("requests", requests * world(self.price), why, requests, "requests")
        if self.instances is not None and self.instance_price is not None:
            hours = world(self.instances) * HOURS
            why = f"{self.instances} x {HOURS:g} h at {self.instance_price}"
            yield Line("instances", hours * world(self.instance_price), why, hours, "h", fixed=True)


class Workflow(Entry):
    """A workflow engine or agents: 100k runs at $0.002, each of 12 steps at $25 / M, are 200 + 30 = $230 a month."""

    kind: Literal["workflow"] = "workflow"
    runs: Annotated[Quantity, In("runs/month", knob="traffic", group=USAGE, also=("requests/month", "1/month"))]
    """Runs a month."""
    price: Annotated[Quantity, In("$/run", group=PRICE, also=("$", "$/request"))] | None = None
    """What a run costs."""
    steps: Annotated[Quantity, In("", knob="latency")] = ONCE
    """Steps of one run: tools that are called, states that change."""
    step_price: Annotated[Quantity, In("$", group=PRICE)] | None = None
    """What a step costs, such as $25 / M."""

    def lines(self, world: World) -> Iterator[Line]:
        """The runs, and their steps."""
        runs = world(self.runs)
        if self.price is None and self.step_price is None:
            raise PlanError("E-PLAN-053", f"{self.name} has no price", "write price of a run, or step_price")
        if self.price is not None:
            yield Line("runs", runs * world(self.price), f"{self.runs} at {self.price}", runs, "runs")
        if self.step_price is not None:
            steps = runs * world(self.steps)
            why = f"{self.runs} x {self.steps} steps at {self.step_price}"
            yield Line("steps", steps * world(self.step_price), why, steps, "steps")


class Queue(Entry):
    """A queue: 20 M messages x 3 operations at $0.40 / M are $24 a month."""

    kind: Literal["queue"] = "queue"
    messages: Annotated[Quantity, In("messages/month", knob="traffic", group=USAGE, also=("events/month",))]
    """Messages a month."""
    operations: Annotated[Quantity, In("")] = THRICE
    """Operations that one message takes; sending, receiving and deleting are 3."""
    price: RequestPrice
    """What an operation costs, such as $0.40 / M requests."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the operations."""
        operations = world(self.messages) * world(self.operations)
        why = f"{self.messages} x {self.operations} at {self.price}"
        yield Line("queue", operations * world(self.price), why, operations, "requests")


ENTRIES = (Gateway, Workflow, Queue)
