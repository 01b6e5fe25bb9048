"""How to cut GPUs into replicas: few large ones or many small ones."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from outlay.plan.capacity.bounds import does_not_fit
from outlay.plan.capacity.calibration import Calibration
from outlay.plan.capacity.constants import Efficiency
from outlay.plan.capacity.prediction import Prediction, predict
from outlay.plan.capacity.serving import Lengths, Replica, max_concurrency

# What engines batch at most unless told otherwise: 256 to 1,024 in vLLM, 2,048 in TensorRT-LLM.
BATCH_LIMIT = 1024.0


@dataclass(frozen=True, slots=True)
class Layout:
    """Some replicas of the same size, each at its greatest batch."""

    replicas: int
    prediction: Prediction

    @property
    def tokens_per_second(self) -> float:
        """Output tokens of all replicas in a second."""
        return self.replicas * float(self.prediction.tokens_per_second)


def best_layout(
    whole: Replica,
    lengths: Lengths,
    batch_limit: float = BATCH_LIMIT,
    calibrations: Sequence[Calibration] = (),
    constants: Efficiency | None = None,
) -> Layout:
    """The layout of the GPUs of `whole` with the greatest throughput, whatever its latency.

    Llama 2 70B in fp4 on 8 B200: 8 replicas of one GPU give three times what one of 8 gives, for they exchange nothing.
    """
    found = [
        Layout(whole.gpus // size, predict(part, lengths, min(batch_limit, most), calibrations, constants))
        for size in range(1, whole.gpus + 1)
        if whole.gpus % size == 0
        for part in [replace(whole, gpus=size)]
        if (most := float(max_concurrency(part, lengths))) >= 1
    ]
    if not found:
        raise does_not_fit(whole, lengths)
    return max(found, key=lambda layout: layout.tokens_per_second)
