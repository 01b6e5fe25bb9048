"""Serving models on GPUs of one's own: replicas follow from the load, never from a utilisation that is typed in.

arrival rate at the peak -> slots that are busy -> slots so that few requests wait -> replicas -> GPU hours
"""

from collections.abc import Iterator
from pathlib import Path as File
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field, model_validator

from outlay.plan.capacity import Replica, efficiency, gpu, model, model_from_config, precision_of
from outlay.plan.layers.entry import Strict
from outlay.plan.layers.fleet import Fleet, sized
from outlay.plan.layers.gpu_price import HOURS, NONE, GpuEntry
from outlay.plan.layers.machines import Machines
from outlay.plan.layers.tokens import Requests, Share, Tokens
from outlay.plan.line import Line
from outlay.plan.quantities.field import In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import World

Seconds = Annotated[Quantity, In("s", knob="latency")]


def predicted() -> str:
    """Real over predicted throughput: the band of the capacity model, which was fitted on published points."""
    band = efficiency().log_error
    return f"{band.low:.3f}..1..{band.high:.3f}"


def calibrated() -> str:
    """The same for replicas of which a point was measured."""
    band = efficiency().calibrated_log_error
    return f"{band.low:.3f}..1..{band.high:.3f}"


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
    throughput: Annotated[Quantity, In("", least=0.01)]
    """Real over predicted throughput; the band of the model if nothing is said, a narrower one after a measurement."""

    @model_validator(mode="before")
    @classmethod
    def _with_band(cls, said: Any) -> Any:
        """A throughput that is not told is as uncertain as the model."""
        if not isinstance(said, dict) or "throughput" in said:
            return said
        return {**said, "throughput": calibrated() if "measured" in said else predicted()}

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

    def replica(self, folder: File) -> Replica:
        """The model on its GPUs; as few of these as hold it where the plan does not say."""
        known = model_from_config(folder / self.config) if self.config else model(self.model)
        alone = Replica(known, gpu(self.gpu), 1, precision_of(self.precision), self.engine)
        return alone if self.gpus == 1 else sized(alone, self.gpus)


ENTRIES = (Serving, Machines)
