"""The replicas that an entry needs that serves a model: from the arrival of requests to GPU hours."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from outlay.plan.capacity import (
    Calibration,
    Lengths,
    OperatingPoint,
    Replica,
    average_replicas,
    calibrate,
    cold_start_seconds,
    fitting_gpus,
    operating_point,
    predict,
    replicas,
)
from outlay.plan.layers.gpu_price import HOURS, NONE
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.world import PlanError, World

if TYPE_CHECKING:
    from outlay.plan.layers.inference_compute import Serving

HOURS_A_DAY = 24
SECONDS_A_MONTH = 2_628_000


def sized(alone: Replica, gpus: int | None) -> Replica:
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

    entry: "Serving"
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
        self.replica = entry.replica(world.folder)
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
        full = self.point.requests_per_second / self.entry.derate * float(tokens.level[0]) * SECONDS_A_MONTH
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
        found = self.world(self.entry.requests) * (1 / SECONDS_A_MONTH)
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
