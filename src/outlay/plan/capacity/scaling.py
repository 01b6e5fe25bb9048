"""What changes with the hour: replicas that follow the load, cold starts, failures."""

import numpy as np
from numpy.typing import ArrayLike

from outlay.plan.capacity.provisioning import WAIT_SECONDS, OperatingPoint, replicas

# Assumptions, to be replaced by a measured start: from pulling the image to the first token.
SMALL_START_SECONDS, LARGE_START_SECONDS, SMALL_WEIGHT_BYTES = 180.0, 600.0, 40e9
# Llama 3 405B: 419 unexpected interruptions in 54 days on 16,384 H100 (arXiv 2407.21783, section 3.3.4).
FAILURES_PER_GPU_YEAR = 419 / (16_384 * 54 / 365.25)
HOURS_PER_YEAR = 8766.0


def cold_start_seconds(weight_bytes: float) -> float:
    """Seconds from nothing to the first token, assumed: 180 up to 40 GB of weights, else 600."""
    return SMALL_START_SECONDS if weight_bytes <= SMALL_WEIGHT_BYTES else LARGE_START_SECONDS


def average_replicas(
    hourly_requests_per_second: ArrayLike,
    point: OperatingPoint,
    warm_up_seconds: float | None = None,
    wait_seconds: float = WAIT_SECONDS,
    variation: float = 1.0,
    spares: int = 1,
    least: int = 1,
) -> float:
    """Billed replicas of a fleet that follows its load over a profile of hours, which repeats.

    The average of R(t), and the warm-up of each replica that is added: it is billed before it serves. 12 hours at 2 and
    12 hours at 6 replicas, 600 s of warm-up: 4 + 4 x (600 / 3,600) / 24 = 4.028. With `least` 0 hours without load have
    no replica, which asks `may_scale_to_zero`.
    """
    load = np.asarray(hourly_requests_per_second, dtype=float)
    needed = np.maximum(replicas(load, point, wait_seconds, variation, spares), least)
    running = np.where(load > 0, needed, needed if least else 0)
    start = point.replica.model.weight_bytes(point.replica.precision)
    seconds = cold_start_seconds(start) if warm_up_seconds is None else warm_up_seconds
    added = np.maximum(np.diff(running, prepend=running[-1]), 0).sum()
    return float(running.mean() + added * seconds / 3600 / load.size)


def may_scale_to_zero(idle_gap_seconds: float, start_seconds: float, first_wait_seconds: float) -> bool:
    """Whether a fleet may end between requests: a gap is longer than a start, and the first request may wait for it."""
    return idle_gap_seconds > start_seconds and first_wait_seconds >= start_seconds


def hours_between_failures(gpus: float, per_gpu_year: float = FAILURES_PER_GPU_YEAR) -> float:
    """Mean hours between failures of a group of GPUs of which each stops all.

    8 GPUs: 264 days; 1,024 GPUs: 49 hours.
    """
    return HOURS_PER_YEAR / (per_gpu_year * gpus)
