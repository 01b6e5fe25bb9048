"""Watching what runs: events x bytes x how long they are kept, spans of traces, judged answers, and drift detection.

It grows with the traffic, and what a judge model reads is spend on models too.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.bought import MachinePrice, bought
from outlay.plan.layers.cadence import Cadence, times_a_month
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.judge import Judge
from outlay.plan.layers.labour import WorkHours
from outlay.plan.layers.retained import retained
from outlay.plan.layers.tokens import Requests, Share
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World
from outlay.prices.resources import Wanted

ALL = parse_quantity(1)
BYTES_A_GB = 1e9
Size = Annotated[Quantity, In("byte/event", knob="context", group=USAGE, also=("byte", "byte/request"))]


class Logging(Entry):
    """Logs and prompts: 100 M events of 2 KB are 200 GB a month; $0.50 / GB takes them in for $100.

    Keeping them for 3 months at $0.03 / GB-month costs 600 x 0.03 = $18 beside.
    """

    kind: Literal["logging"] = "logging"
    events: Annotated[Quantity, In("events/month", knob="traffic", group=USAGE, also=("requests/month",))]
    """Events or requests that are logged each month."""
    size: Size
    """Bytes of one event, such as 2 KB; a bare number is bytes. Logged prompts are as long as the prompts."""
    sampling: Share = ALL
    """Share of the events that is kept."""
    item: str = ""
    """What is paid for taking logs in, in the price book: by the GB or by the event."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: Annotated[Quantity, In("$/GB", group=PRICE)] | None = None
    """What taking in a GB costs, in place of the book."""
    index_price: Annotated[Quantity, In("$/event", group=PRICE)] | None = None
    """What indexing an event costs, where that is paid beside."""
    retention: Annotated[Quantity, In("month")] | None = None
    """How long events are kept, where that is paid beside; a bare number is months."""
    storage_item: str = ""
    """What is paid for keeping them, in the price book."""
    storage_price: Annotated[Quantity, In("$/GB-month", group=PRICE)] | None = None
    """What keeping a GB costs a month, in place of the book."""
    filling: bool = False
    """Whether nothing is kept when the plan begins."""

    def lines(self, world: World) -> Iterator[Line]:
        """What is taken in, indexed and kept."""
        events = world(self.events) * world(self.sampling)
        data = events * world(self.size) / BYTES_A_GB
        wanted = Wanted("observability", self.item, self.provider, "", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"GB": data, "events": events})
        told = f"{self.events} x {self.size}" + (f" x {self.sampling}" if self.sampling is not ALL else "")
        yield Line("taken in", cost, f"{told}; {why}", data, "GB")
        if self.index_price is not None:
            told = f"{self.events} at {self.index_price}"
            yield Line("indexed", events * world(self.index_price), told, events, "events")
        if self.retention is not None or self.storage_price is not None or self.storage_item:
            yield self._kept(world, data)

    def _kept(self, world: World, data: Path) -> Line:
        if self.retention is None:
            raise PlanError("E-PLAN-021", f"{self.name} has no retention", "write how long the events are kept")
        held = retained(data, world(self.retention), world.months, self.filling)
        wanted = Wanted("observability", self.storage_item, self.provider, "", self.region)
        cost, why = bought(world, self.storage_price, wanted, {"GB": held}, ("storage_item",))
        return Line("kept", cost, f"{self.retention} of it; {why}", held, "GB", "production")


class Tracing(Entry):
    """Traces of requests: 10 M requests x 10% x 8 spans are 8 M spans of 1 M traces."""

    kind: Literal["tracing"] = "tracing"
    requests: Requests
    """Requests a month."""
    spans: Annotated[Quantity, In("spans/request", also=("spans",))]
    """Spans of one request."""
    sampling: Share = ALL
    """Share of the requests that is traced."""
    size: Annotated[Quantity, In("byte/span", also=("byte",))] | None = None
    """Bytes of one span, for what is paid by the GB."""
    item: str = ""
    """What is paid, in the price book: by the span, the trace, the unit (both) or the GB."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: Annotated[Quantity, In("$/span", group=PRICE)] | None = None
    """What a span costs, in place of the book."""
    trace_price: Annotated[Quantity, In("$/trace", group=PRICE)] | None = None
    """What a trace costs, in place of the book."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: what the traces and their spans cost."""
        traces = world(self.requests) * world(self.sampling)
        spans = traces * world(self.spans)
        amounts = {"spans": spans, "events": spans, "traces": traces, "units": traces + spans}
        if self.size is not None:
            amounts["GB"] = spans * world(self.size) / BYTES_A_GB
        sampled = f" x {self.sampling}" if self.sampling is not ALL else ""
        told = f"{self.requests}{sampled} x {self.spans} spans"
        if self.trace_price is not None:
            cost = traces * world(self.trace_price)
            yield Line("traces", cost, f"{told}; {self.trace_price} as the plan states", traces, "traces")
        if self.trace_price is None or self.price is not None:
            wanted = Wanted("observability", self.item, self.provider, "", self.region, offer=self.offer)
            cost, why = bought(world, self.price, wanted, amounts)
            yield Line("spans", cost, f"{told}; {why}", spans, "spans")


class JudgedTraffic(Judge):
    """A share of the answers is judged by a model, for quality or for safety."""

    kind: Literal["judge"] = "judge"
    requests: Requests
    """Requests a month."""
    share: Share
    """Share of them that is judged."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: what the judge reads and writes."""
        calls = world(self.requests) * world(self.share)
        cost, why = self.judged(world, calls)
        told = f"{self.share} of {self.requests}, {why}"
        yield Line(f"judged by {self.model}", cost, told, calls, "requests", "production", model=self.model)


class Drift(Entry):
    """Drift detection: every model is compared with what it was trained on, again and again."""

    kind: Literal["drift"] = "drift"
    models: Annotated[Quantity, In("")] = ALL
    """How many models are watched."""
    every: Cadence
    """How often each is compared: continuous, daily, weekly ..., or times a year."""
    hours: WorkHours
    """Hours of a machine that one comparison takes."""
    price: MachinePrice
    """What the machine costs an hour."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the hours of the machines."""
        hours = world(self.models) * times_a_month(world, self.every, self.since) * world(self.hours)
        why = f"{self.models} models {self.every} x {self.hours} at {self.price}"
        yield Line("drift detection", hours * world(self.price), why, hours, "h", "production", fixed=True)


class Hosts(Entry):
    """Machines that an agent watches, each at a price a month."""

    kind: Literal["hosts"] = "hosts"
    hosts: Annotated[Quantity, In("hosts")]
    """How many are watched."""
    item: str = ""
    """What is paid for each, in the price book."""
    offer: str = ""
    """Which offer of it, where there are several, such as pro."""
    price: Annotated[Quantity, In("$/host/month", group=PRICE, also=("$/month",))] | None = None
    """What a host costs a month, in place of the book."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the hosts."""
        hosts = world(self.hosts)
        wanted = Wanted("observability", self.item, self.provider, "host", self.region, offer=self.offer)
        cost, why = bought(world, self.price, wanted, {"machines": hosts})
        yield Line("hosts", cost, f"{self.hosts}; {why}", hosts, "hosts", fixed=True)


ENTRIES = (Logging, Tracing, JudgedTraffic, Drift, Hosts)
