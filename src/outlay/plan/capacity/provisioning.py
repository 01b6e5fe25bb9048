"""From tokens a month to replicas: arrival rate, operating point, slots, spares, utilisation."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outlay.model.problem import InputError
from outlay.plan.capacity.calibration import Calibration
from outlay.plan.capacity.constants import Efficiency
from outlay.plan.capacity.prediction import Prediction, predict
from outlay.plan.capacity.queueing import groups_needed
from outlay.plan.capacity.serving import Lengths, Numbers, Replica

SECONDS_PER_MONTH = 2_628_000.0
DERATE = 0.8
WAIT_SECONDS = 1.0
# Peak over average of a day. DeepSeek's public day had 278 / 226.75 nodes = 1.23; the other two are assumptions.
PEAK_TO_AVERAGE = {"business-hours": 3.0, "global": 1.25, "internal": 10.0}


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A replica at the concurrency that it is run at. A slot is one of its `concurrency` places for a request.

    `slot_seconds` is how long a request holds one, `requests_per_second` what all of them end in a second, both
    derated.
    """

    replica: Replica
    lengths: Lengths
    concurrency: int
    slot_seconds: float
    derate: float
    prediction: Prediction

    @property
    def requests_per_second(self) -> float:
        """Requests that a full replica ends in a second."""
        return self.concurrency / self.slot_seconds

    @property
    def output_tokens_per_second(self) -> float:
        """Output tokens that a full replica gives in a second."""
        return self.requests_per_second * float(self.lengths.output_tokens)

    @property
    def gpus(self) -> int:
        """GPUs of the replica."""
        return self.replica.gpus


def requests_per_second(tokens_per_month: Numbers, lengths: Lengths, peak_to_average: Numbers = 1.0) -> Numbers:
    """Requests that arrive in a second: tokens / (S_i + S_o) / 2,628,000 x peak over average.

    10^9 tokens a month, 750 + 250 tokens, peak 3 times the average: 1.142 a second.
    """
    return tokens_per_month / (lengths.input_tokens + lengths.output_tokens) / SECONDS_PER_MONTH * peak_to_average


def operating_point(
    replica: Replica,
    lengths: Lengths,
    max_seconds_per_output_token: float,
    derate: float = DERATE,
    concurrency_limit: int | None = None,
    calibrations: tuple[Calibration, ...] = (),
    constants: Efficiency | None = None,
) -> OperatingPoint:
    """The greatest concurrency that fits in memory and keeps the time between tokens; a slot takes T(C) / derate.

    `concurrency_limit` is the most that the engine is told to batch. 70B fp8 on 2 H100, 1,000 + 500 tokens, 0.05 s:
    C = 162. Raises `InputError` where even one request alone is too slow.
    """
    one = predict(replica, lengths, 1.0, calibrations, constants)
    most = min(float(one.max_concurrency), concurrency_limit or np.inf)
    every = predict(replica, lengths, np.arange(1.0, np.floor(most) + 1), calibrations, constants)
    pace = np.asarray(every.seconds_per_output_token)
    count = int(np.searchsorted(pace, max_seconds_per_output_token, side="right"))
    if not count:
        asked = f"{max_seconds_per_output_token * 1000:.1f} are asked for"
        told = f"one request alone takes {pace[0] * 1000:.1f} ms per output token, {asked}"
        hint = "use more GPUs per replica, a faster GPU or fewer bits per weight"
        raise InputError("E-CAP-005", told, hint)
    return point_at(replica, lengths, count, derate, calibrations, constants)


def point_at(
    replica: Replica,
    lengths: Lengths,
    concurrency: int,
    derate: float = DERATE,
    calibrations: tuple[Calibration, ...] = (),
    constants: Efficiency | None = None,
) -> OperatingPoint:
    """The operating point at a given concurrency."""
    found = predict(replica, lengths, float(concurrency), calibrations, constants)
    slots = int(min(concurrency, float(found.max_concurrency)))
    return OperatingPoint(replica, lengths, slots, float(found.cycle_seconds) / derate, derate, found)


def offered_load(load: ArrayLike, point: OperatingPoint, throughput: ArrayLike = 1.0) -> NDArray[np.float64]:
    """Slots that a rate of requests keeps busy: a = lambda T. 8 requests/s of 15.2 s: 121.6."""
    return np.divide(np.asarray(load, dtype=float) * point.slot_seconds, throughput, dtype=float)


def replicas(
    load: ArrayLike,
    point: OperatingPoint,
    wait_seconds: float = WAIT_SECONDS,
    variation: float = 1.0,
    spares: int = 1,
    throughput: ArrayLike = 1.0,
) -> NDArray[np.int64]:
    """Replicas for each rate of requests (a second, at the peak): ceil(c / C) + spares.

    c is the least number of slots above the load whose p95 wait is at most `wait_seconds`. `variation` is the standard
    deviation of service times over their mean. `throughput` multiplies what the point gives, as draws of its band do;
    it has one value or one per load. No load needs one replica. 8, 20 and 40 requests/s, slots of 15.2 s, C = 64, no
    spare: 3, 6 and 10.
    """
    busy = offered_load(load, point, throughput)
    _refuse_odd(busy)
    target = wait_seconds * np.asarray(throughput, dtype=float) / point.slot_seconds
    return groups_needed(busy, target, point.concurrency, variation) + spares


def _refuse_odd(busy: NDArray[np.float64]) -> None:
    if not np.all(np.isfinite(busy) & (busy >= 0)):
        raise InputError("E-CAP-006", "a load is negative or no number", "requests a second, 0 or more")


def utilisation(average_requests_per_second: Numbers, count: Any, point: OperatingPoint) -> Any:
    """The share of what the replicas could give that is used: lambda_average / (R X_max)."""
    return average_requests_per_second / (count * point.requests_per_second)


def utilisation_limit(peak_to_average: Numbers, count: Any, spares: int = 1) -> Any:
    """The utilisation that a fixed fleet cannot exceed: (1 / peak over average) (R - spares) / R.

    Peak 3 times the average, 2 replicas of which 1 is spare: 0.167.
    """
    return (count - spares) / count / peak_to_average


def usd_per_mtok(usd_per_gpu_hour: Numbers, point: OperatingPoint, used: Numbers) -> Any:
    """USD per million output tokens at a utilisation: price x GPUs / (3,600 x tokens a second x utilisation).

    2 GPUs at 3.99, 1,684 output tokens a second, 17% used: 7.75.
    """
    return usd_per_gpu_hour * point.gpus / 3600 / (point.output_tokens_per_second * used) * 1e6


def idle_share(busy_hours: float, billed_hours: float) -> float:
    """The share of billed hours without work. 6 of 24 hours busy: 0.75."""
    return 1 - busy_hours / billed_hours
