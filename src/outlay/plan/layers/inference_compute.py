"""Serving models on GPUs of one's own: replicas follow from the load, never from a utilisation that is typed in.

arrival rate at the peak -> slots that are busy -> slots so that few requests wait -> replicas -> GPU hours
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path as File
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from outlay.plan.capacity import (
    Calibration,
    Lengths,
    OperatingPoint,
    Replica,
    average_replicas,
    calibrate,
    cold_start_seconds,
    fitting_gpus,
    gpu,
    model,
    model_from_config,
    operating_point,
    precision_of,
    predict,
    replicas,
)
from outlay.plan.layers.entry import Entry, Strict
from outlay.plan.layers.gpu_price import HOURS, NONE, ONE, GpuEntry
from outlay.plan.layers.tokens import Requests, Share, Tokens
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, In
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World

Seconds = Annotated[Quantity, In("s", knob="latency")]
HOURS_A_DAY = 24


def predicted() -> Quantity:
    """Measured over predicted throughput: the band of the capacity model, which was fitted on published points."""
    return parse_quantity("0.748..1..1.433")


def calibrated() -> Quantity:
    """The same for replicas of which a point was measured."""
    return parse_quantity("0.87..1..1.15")


class Measured(Strict):
    """Throughput of one replica that somebody measured: output tokens a second with so many requests in flight."""

    concurrency: float
    """Requests in flight."""
    tokens_per_second: float
    """Output tokens a second of the replica."""


class Serving(GpuEntry):
    """Requests to a model that one serves. `input` and `output` are tokens of one request.

    The replicas of a region keep `tpot` between output tokens and `wait` at the 95th percentile, at the peak of the
    load: its average times `peak`. `spares` come on top, in each of `regions`. With `hours` (24 shares of the load)
    and `autoscale` replicas follow the hour, and new ones are paid while they warm up.
    """

    kind: Literal["serving"] = "serving"
    model: str
    """The model."""
    config: str = ""
    """A config.json of Hugging Face beside the plan, for a model that is not known."""
    gpus: int | None = None
    """GPUs of a replica; as few as hold it if nothing is said."""
    precision: str = "fp8"
    """The format of its weights."""
    engine: str = ""
    """What serves it."""
    requests: Requests
    """Requests a month."""
    input: Tokens
    """Tokens that one request sends."""
    output: Tokens
    """Tokens that one request gets."""
    prefix_hits: Annotated[Quantity, In("", knob="cache", most=1.0)] = NONE
    """Share of the input whose cache is there already."""
    retries: Share = NONE
    """Share of the requests that is served again."""
    peak: Annotated[Quantity, In("", least=1)] = parse_quantity(3)
    """The peak of the load over its average."""
    tpot: Seconds = parse_quantity("50 ms")
    """Time between two output tokens that is kept."""
    wait: Seconds = parse_quantity("1 s")
    """Time that 95% of the requests wait at most."""
    variation: Annotated[float, Field(ge=0)] = 1.0
    """How much the length of service varies: 1 as if at random, 0 not at all."""
    derate: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of the predicted throughput that is planned with."""
    spares: Annotated[int, Field(ge=0)] = 1
    """Replicas that wait for failures, in each region."""
    regions: Annotated[int, Field(ge=1)] = 1
    """In how many regions it is served."""
    autoscale: bool = False
    """Whether replicas follow the hours of the day."""
    hours: list[float] = []
    """24 shares of the load, for `autoscale`."""
    warm_up: Seconds | None = None
    """How long a replica warms up; from the size of the model if nothing is said."""
    most_gpus: Annotated[int, Field(ge=1)] | None = None
    """How many GPUs are to be had."""
    concurrency: Annotated[int, Field(ge=1)] | None = None
    """Requests that a replica works on at once at most; as many as memory and `tpot` allow if nothing is said."""
    measured: Measured | None = None
    """A throughput that was measured, to calibrate with."""
    throughput: Annotated[Quantity, In("", least=0.01)] = Field(default_factory=predicted)
    """Real over predicted throughput."""

    def lines(self, world: World) -> Iterator[Line]:
        """What serves, what waits for peaks, what waits for failures."""
        fleet = Fleet(self, world)
        price, why = self.gpu_price(world)
        hour = price * (HOURS * fleet.point.gpus)
        busy, needed, spare = fleet.busy(), fleet.needed(), Path.of(float(self.spares * self.regions))
        told = f"{why}; {fleet.told}"
        yield Line("GPUs that serve", busy * hour, told, busy * fleet.gpu_hours, "GPU hours", model=self.model)
        # A plan that is drawn may keep more busy than it needs for an instant: nothing is negative.
        waits = needed.each(lambda n, b: np.maximum(n - b, 0.0), busy)
        yield Line(
            "headroom for peaks", waits * hour, told, waits * fleet.gpu_hours, "GPU hours", "production", fixed=True
        )
        if self.spares:
            hours = spare * fleet.gpu_hours
            yield Line("spare replicas", spare * hour, told, hours, "GPU hours", "production", fixed=True)

    def replica(self) -> Replica:
        """The model on its GPUs; as few of these as hold it where the plan does not say."""
        known = model_from_config(File(self.config)) if self.config else model(self.model)
        alone = Replica(known, gpu(self.gpu), 1, precision_of(self.precision), self.engine)
        return alone if self.gpus == 1 else _sized(alone, self.gpus)


def _sized(alone: Replica, gpus: int | None) -> Replica:
    """The replica on so many GPUs, or on as few as hold it."""
    fitting = fitting_gpus(alone, Lengths(1000.0, 500.0)) or 1
    return replace(alone, gpus=gpus or (fitting if isinstance(fitting, int) else min(fitting)))


@lru_cache(maxsize=64)
def point_of(
    replica: Replica,
    lengths: Lengths,
    tpot: float,
    derate: float,
    most: int | None,
    calibrations: tuple[Calibration, ...],
) -> OperatingPoint:
    """The operating point of a replica; computed once for all evaluations of a plan."""
    return operating_point(replica, lengths, tpot, derate, most, calibrations)


@dataclass
class Fleet:
    """The replicas that a serving entry needs, over months and draws."""

    entry: Serving
    world: World

    def __post_init__(self) -> None:
        """Take the operating point at the middle of the lengths; draws differ from it by their throughput."""
        entry, world = self.entry, self.world
        self.sizes = [world(q) for q in (entry.input, entry.output, entry.prefix_hits)]
        if not all(size.constant for size in self.sizes):
            raise PlanError(
                "E-PLAN-026", "tokens of a request that change over the months", "plan two entries", ("input",)
            )
        middle = Lengths(*(_middle(q, world) for q in (entry.input, entry.output, entry.prefix_hits)))
        self.replica = entry.replica()
        calibrations = self._calibrations(middle)
        tpot = _middle(entry.tpot, world)
        self.point = point_of(self.replica, middle, tpot, entry.derate, entry.concurrency, calibrations)

    def _calibrations(self, lengths: Lengths) -> tuple[Calibration, ...]:
        said = self.entry.measured
        return (calibrate(self.replica, lengths, said.concurrency, said.tokens_per_second),) if said else ()

    @property
    def gpu_hours(self) -> float:
        """GPU hours of a replica in a month."""
        return HOURS * self.point.gpus

    @property
    def told(self) -> str:
        """The replica in words."""
        found, point = self.point.prediction, self.point
        tokens = f"{float(found.low_tokens_per_second):,.0f}-{float(found.high_tokens_per_second):,.0f}"
        return (
            f"{self.replica.model.name} {self.replica.precision} on {point.gpus} {self.replica.gpu.name}, "
            f"{point.concurrency} at once, {tokens} output tokens/s, limited by {found.limiter}"
        )

    def per_mtok(self) -> tuple[float, float]:
        """Dollars per million tokens over all months: with everything that stands by, and as benchmarks tell it.

        A benchmark keeps every replica full; standby, peaks and spares are what one pays on top.
        """
        price = float(np.median(self.entry.gpu_price(self.world)[0].level))
        month = HOURS * self.point.gpus * price
        months = self.world.months
        tokens = self.sizes[0] + self.sizes[1]
        used = float((self.world(self.entry.requests) * tokens).grid(months)[:, 0].mean())
        stands = self.needed() + float(self.entry.spares * self.entry.regions)
        full = self.point.requests_per_second / self.entry.derate * float(tokens.level[0]) * 2_628_000
        paid = float(np.broadcast_to(stands.grid(months), (months, 1))[:, 0].mean()) * month
        return paid / used * 1e6 if used else float("inf"), month / full * 1e6

    def throughput(self) -> Array:
        """What a replica ends in each draw over what it ends at the point: lengths and the error of the model."""
        middle, size = self.point, [s.level for s in self.sizes]
        most = _longest(self.replica)
        lengths = Lengths(np.clip(size[0], 1.0, most), np.clip(size[1], 1.0, most), np.clip(size[2], 0.0, 1.0))
        drawn = predict(self.replica, lengths, float(middle.concurrency))
        one = predict(self.replica, middle.lengths, float(middle.concurrency))
        ratio = np.asarray(drawn.requests_per_second) / float(one.requests_per_second)
        found: Array = ratio * self.world(self.entry.throughput).level
        return found

    def rate(self) -> Path:
        """Requests a second on average, those that are sent again too."""
        found = self.world(self.entry.requests) * (1 / 2_628_000)
        return found if self.entry.retries is NONE else found * (1 + self.world(self.entry.retries))

    def busy(self) -> Path:
        """Replicas that would do if the load were even and nobody waited."""
        return self.rate() / (self.throughput() * self.point.requests_per_second)

    def needed(self) -> Path:
        """Replicas of all regions without spares."""
        if self.entry.autoscale:
            return self._following()
        load = self.rate() * self.world(self.entry.peak) * (1 / self.entry.regions)
        throughput, wait = self.throughput(), _middle(self.entry.wait, self.world)

        def count(rate: Array) -> Array:
            if throughput.size == 1:
                found = replicas(rate, self.point, wait, self.entry.variation, 0, throughput)
            else:
                rate, beside = np.broadcast_arrays(rate, throughput)
                found = replicas(rate, self.point, wait, self.entry.variation, 0, beside)
            return found.astype(np.float64) * self.entry.regions

        return load.each(count)

    def _following(self) -> Path:
        """Replicas that follow the hours of the day, at the middle of the load of each month."""
        shares = np.array(self.entry.hours or [1.0] * HOURS_A_DAY)
        if len(shares) != HOURS_A_DAY or shares.sum() <= 0:
            raise PlanError("E-PLAN-023", f"{len(shares)} hours of a day", "write 24 shares of the load", ("hours",))
        profile = shares / shares.mean() / self.entry.regions
        warm = _middle(self.entry.warm_up, self.world) if self.entry.warm_up else self._start()
        wait = _middle(self.entry.wait, self.world)
        load = (self.rate() / self.throughput()).grid(self.world.months)
        levels = np.unique(np.round(np.log(np.maximum(load, 1e-9)), 2))
        found = np.array(
            [average_replicas(np.exp(v) * profile, self.point, warm, wait, self.entry.variation, 0) for v in levels]
        )
        count = np.interp(np.log(np.maximum(load, 1e-9)), levels, np.array(found)) * self.entry.regions
        return Path.by_month(count) if len(load) > 1 else Path(count[0])

    def _start(self) -> float:
        return cold_start_seconds(self.replica.model.weight_bytes(self.replica.precision))


def _middle(quantity: Quantity, world: World) -> float:
    """The middle of a quantity, which does not depend on how many draws are evaluated."""
    if quantity.range is not None:
        return float(quantity.range.ends[1] * quantity.scale)
    return float(np.median(world(quantity).level))


def _longest(replica: Replica) -> float:
    """Half of the tokens of the longest request whose KV cache fits beside the weights."""
    free = replica.memory_bytes - replica.model.weight_bytes(replica.precision)
    return max(float(free / replica.model.kv_bytes_per_token(replica.precision)) / 2, 1.0)


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


ENTRIES = (Serving, Machines)
