"""A prediction of throughput: a band, what limits it, and whether anything like it was measured."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlay.model.problem import InputError
from outlay.plan.capacity.constants import Band, Efficiency, efficiency
from outlay.plan.capacity.hardware import Gpu, Precision
from outlay.plan.capacity.serving import (
    USABLE_MEMORY,
    Lengths,
    Numbers,
    Replica,
    Step,
    max_concurrency,
    prefill_seconds,
    step_parts,
)

KV_MEMORY, BANDWIDTH, COMPUTE, STEP_OVERHEAD = "KV memory", "bandwidth", "compute", "step overhead"
LIMITERS = (KV_MEMORY, BANDWIDTH, COMPUTE, STEP_OVERHEAD)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measured over predicted throughput of a replica at one point."""

    model: str
    gpu: str
    engine: str
    gpus: int
    precision: Precision
    factor: float

    def like(self, replica: Replica) -> bool:
        """Whether it is of the model, GPU and engine of a replica."""
        key = replica.model.name, replica.gpu.name, replica.engine
        return (self.model, self.gpu, self.engine) == key

    def same(self, replica: Replica) -> bool:
        """Whether it is of such a replica too: as many GPUs, the same precision."""
        return self.like(replica) and (self.gpus, self.precision) == (replica.gpus, replica.precision)


@dataclass(frozen=True, slots=True)
class Prediction:
    """What one replica gives at a concurrency; numbers, or arrays of them.

    `cycle_seconds` is how long a request holds its slot. `batch` requests run at once, the rest of `concurrency` waits.
    `outside` says in words which bounds of the fit are left; each one widens `band`.
    """

    replica: Replica
    lengths: Lengths
    concurrency: Numbers
    batch: Numbers
    max_concurrency: Numbers
    cycle_seconds: Numbers
    prefill_seconds: Numbers
    step: Step
    first_step_seconds: Numbers
    factor: float
    band: Band
    outside: tuple[str, ...]

    @property
    def requests_per_second(self) -> Numbers:
        """Requests that end in a second: B / T."""
        return self.batch / self.cycle_seconds

    @property
    def tokens_per_second(self) -> Numbers:
        """Output tokens in a second: B S_o / T, the middle of the band."""
        return self.batch * self.lengths.output_tokens / self.cycle_seconds

    @property
    def low_tokens_per_second(self) -> Numbers:
        """The 10th percentile of output tokens in a second."""
        return self.tokens_per_second * self.band.low

    @property
    def high_tokens_per_second(self) -> Numbers:
        """The 90th percentile of output tokens in a second."""
        return self.tokens_per_second * self.band.high

    @property
    def seconds_to_first_token(self) -> Numbers:
        """The least time to a first token: t_p + t_s(1). Waiting for a slot or behind other prompts comes on top."""
        return (self.prefill_seconds + self.first_step_seconds) / self.factor

    @property
    def seconds_per_output_token(self) -> Numbers:
        """Time between output tokens: (T - t_p - t_s(1)) / S_o."""
        return (self.cycle_seconds - self.seconds_to_first_token) / self.lengths.output_tokens

    @property
    def limiter(self) -> Any:
        """What limits: KV memory where requests wait for it, else what takes most of a cycle; a name, or names."""
        roofline = np.maximum(self.step.bandwidth, self.step.compute) * self.lengths.output_tokens
        moved = np.where(self.step.bandwidth >= self.step.compute, roofline, 0.0)
        computed = self.batch * self.prefill_seconds + (roofline - moved)
        spent = np.stack(np.broadcast_arrays(moved, computed, self.step.overhead * self.lengths.output_tokens))
        index = np.where(np.asarray(self.concurrency) > self.max_concurrency, 0, 1 + spent.argmax(axis=0))
        names = np.array(LIMITERS)[index]
        return names if names.ndim else str(names)


def predict(
    replica: Replica,
    lengths: Lengths,
    concurrency: Numbers,
    calibrations: Sequence[Calibration] = (),
    constants: Efficiency | None = None,
) -> Prediction:
    """What a replica gives when `concurrency` requests are in flight: T = B t_p + S_o t_s(B), B = min(C, C_max).

    Raises `InputError` where not even one request fits. 70B fp8 on one H200, 1,000 + 1,000 tokens, 128 in flight:
    T = 128 x 0.1426 + 1,000 x 0.02888 s = 47.1 s, so 2,715 output tokens/s, 47.0 ms each.
    """
    _refuse_odd(lengths, concurrency)
    known = constants or efficiency()
    most = max_concurrency(replica, lengths)
    if not _all_within(most, 1, np.inf):
        raise does_not_fit(replica, lengths)
    batch = np.minimum(concurrency, most)
    read, step = prefill_seconds(replica, lengths, known), step_parts(replica, lengths, batch, known)
    factor, outside = calibration_factor(replica, calibrations), leaves_the_fit(replica, lengths, concurrency, known)
    band = known.calibrated_log_error if any(c.same(replica) for c in calibrations) else known.log_error
    return Prediction(
        replica,
        lengths,
        concurrency,
        batch,
        most,
        (batch * read + lengths.output_tokens * step.seconds) / factor,
        read,
        step,
        step_parts(replica, lengths, 1.0, known).seconds,
        factor,
        band.widened(known.fitted.outside ** len(outside)) if outside else band,
        outside,
    )


def _refuse_odd(lengths: Lengths, concurrency: Numbers) -> None:
    above = {"concurrency": concurrency, "input tokens": lengths.input_tokens, "output tokens": lengths.output_tokens}
    for name, value in above.items():
        if not _all_within(value, 1e-9, np.inf):
            raise InputError("E-CAP-006", f"{name} {value}", "a number greater than 0")
    if not _all_within(lengths.prefix_hit_rate, 0, 1):
        raise InputError("E-CAP-006", f"prefix hit rate {lengths.prefix_hit_rate}", "a share between 0 and 1")


def _all_within(value: Numbers, low: float, high: float) -> bool:
    if isinstance(value, float | int):
        return low <= value <= high
    return bool(np.all((value >= low) & (value <= high)))


def calibration_factor(replica: Replica, calibrations: Sequence[Calibration]) -> float:
    """The median factor of the calibrations of such replicas, else of those of its model, GPU and engine, else 1.

    0.7, 0.8 and 1.1: 0.8.
    """
    like = [c for c in calibrations if c.like(replica)]
    chosen = [c.factor for c in like if c.same(replica)] or [c.factor for c in like]
    return median(chosen) if chosen else 1.0


def calibrate(replica: Replica, lengths: Lengths, concurrency: float, measured_tokens_per_second: float) -> Calibration:
    """What a measured point says of the predictions for that model, GPU and engine. Several points are better than one.

    2,000 measured where 2,715 are predicted: every prediction is multiplied by 0.737.
    """
    if measured_tokens_per_second <= 0:
        told = f"{measured_tokens_per_second} tokens a second measured"
        raise InputError("E-CAP-006", told, "output tokens a second of one replica, greater than 0")
    predicted = predict(replica, lengths, concurrency).tokens_per_second
    factor = measured_tokens_per_second / float(predicted)
    named = replica.model.name, replica.gpu.name, replica.engine
    return Calibration(*named, replica.gpus, replica.precision, factor)


def leaves_the_fit(replica: Replica, lengths: Lengths, concurrency: Numbers, constants: Efficiency) -> tuple[str, ...]:
    """The bounds of the fit that a prediction leaves, in words."""
    fitted = constants.fitted
    told = [
        _beyond("concurrency", concurrency, fitted.concurrency),
        _beyond("input tokens", lengths.input_tokens, fitted.input_tokens),
        _beyond("output tokens", lengths.output_tokens, fitted.output_tokens),
        _beyond("GPUs", replica.gpus, fitted.gpus),
        "" if replica.gpus <= replica.gpu.gpus_per_node else f"{replica.gpus} GPUs are more than one machine",
        "sparse attention is counted as full" if replica.model.sparse else "",
        "" if replica.gpu.name in fitted.gpu_names else f"{replica.gpu.name} was not measured",
        "" if not replica.engine or replica.engine in fitted.engines else f"{replica.engine} was not measured",
        "" if replica.precision in fitted.precisions else f"{replica.precision} was not measured",
    ]
    return tuple(filter(None, told))


def _beyond(name: str, value: Numbers, bounds: tuple[float, float]) -> str:
    low, high = (value, value) if isinstance(value, float | int) else (np.min(value), np.max(value))
    if low >= bounds[0] and high <= bounds[1]:
        return ""
    wrong = low if low < bounds[0] else high
    return f"{name} {wrong:,.0f} outside {bounds[0]:,.0f}-{bounds[1]:,.0f}"


def needed_gb(replica: Replica, lengths: Lengths) -> float:
    """GB of GPU memory that weights and one request need, with the tenth that stays free."""
    one = float(np.max(replica.model.kv_bytes_per_token(replica.precision) * np.asarray(lengths.kept_at_end)))
    return (replica.model.weight_bytes(replica.precision) + one) / USABLE_MEMORY / 1e9


def fitting_gpus(replica: Replica, lengths: Lengths) -> int:
    """The least number of GPUs, a power of two, in whose memory a replica and one request fit."""
    count: int = 2 ** max(0, math.ceil(math.log2(needed_gb(replica, lengths) / replica.gpu.memory_gb)))
    return count


def does_not_fit(replica: Replica, lengths: Lengths) -> InputError:
    """The refusal of a replica that holds not even one request."""
    gpu: Gpu = replica.gpu
    there = replica.gpus * gpu.memory_gb
    what = (
        f"{replica.model.name} in {replica.precision} does not fit: with one request it needs "
        f"{needed_gb(replica, lengths):,.0f} GB of memory, {replica.gpus} x {gpu.name} has {there:,.0f}"
    )
    count = fitting_gpus(replica, lengths)
    over = f", {math.ceil(count / gpu.gpus_per_node)} machines" if count > gpu.gpus_per_node else ""
    return InputError("E-CAP-004", what, f"use {count} or more {gpu.name}{over}, or fewer bits per weight")


def normal_multiplier(band: Band, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """What predictions are multiplied with at standard normal draws: a two-piece lognormal with the quantiles of the
    band.

    Draw 0 gives the middle, -1.2816 the 10th percentile, 1.2816 the 90th: 0.75, 1 and 1.43 in the fitted range.
    """
    spread = np.where(normal < 0, band.spread(below=True), band.spread(below=False))
    return np.exp(band.p50 + spread * normal)
