"""Measured points, which scale the predictions for their model, GPU and engine."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from outlay.plan.capacity.hardware import Precision
from outlay.plan.capacity.serving import Replica


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


def calibration_factor(replica: Replica, calibrations: Sequence[Calibration]) -> float:
    """The median factor of the calibrations of such replicas, else of those of its model, GPU and engine, else 1.

    0.7, 0.8 and 1.1: 0.8.
    """
    like = [c for c in calibrations if c.like(replica)]
    chosen = [c.factor for c in like if c.same(replica)] or [c.factor for c in like]
    return median(chosen) if chosen else 1.0
