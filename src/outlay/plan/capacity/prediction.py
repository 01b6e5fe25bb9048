"""A prediction of throughput: a band, what limits it, and whether anything like it was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from outlay.model.problem import InputError
from outlay.plan.capacity.bounds import does_not_fit, leaves_the_fit, refuse_odd, within
from outlay.plan.capacity.calibration import Calibration, calibration_factor
from outlay.plan.capacity.constants import Band, Efficiency, efficiency
from outlay.plan.capacity.serving import (
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
    refuse_odd(lengths, concurrency)
    known = constants or efficiency()
    most = max_concurrency(replica, lengths)
    if not within(most, 1, np.inf):
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
