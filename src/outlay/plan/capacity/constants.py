"""What the serving formulas are multiplied with: fitted shares, their error, and the range they were fitted in."""

import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from outlay.model.document import read_document, validate

Z90 = 1.2815515655446004


@dataclass(frozen=True, slots=True)
class Band:
    """Quantiles of ln(measured / predicted). A band of (-0.29, 0.36) says: 0.75 to 1.43 times the prediction."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    p10: float
    p90: float
    p50: float = 0.0

    def widened(self, factor: float) -> "Band":
        """The band with its distances from the middle multiplied."""
        return Band(self.p50 + (self.p10 - self.p50) * factor, self.p50 + (self.p90 - self.p50) * factor, self.p50)

    @property
    def low(self) -> float:
        """What a prediction is multiplied with for its 10th percentile."""
        return math.exp(self.p10)

    @property
    def high(self) -> float:
        """What a prediction is multiplied with for its 90th percentile."""
        return math.exp(self.p90)

    def spread(self, below: bool) -> float:
        """Standard deviation of the half of a two-piece normal below or above the middle."""
        return ((self.p50 - self.p10) if below else (self.p90 - self.p50)) / Z90


@dataclass(frozen=True, slots=True)
class Fitted:
    """Where the constants were fitted; `outside` multiplies the band for each bound that is left."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    concurrency: tuple[float, float]
    input_tokens: tuple[float, float]
    output_tokens: tuple[float, float]
    gpus: tuple[float, float]
    gpu_names: tuple[str, ...]
    precisions: tuple[str, ...]
    engines: tuple[str, ...]
    points: int
    outside: float


class Efficiency(BaseModel):
    """The constants of one fit.

    `compute_share` (e_c) and `bandwidth_share` (e_m) are what a GPU reaches of its peaks, `step_seconds_per_layer`
    (tau) is what software adds to each decode step, `expert_factor` (g_moe) how much longer a model with experts takes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    version: int
    fitted_on: str
    compute_share: float
    bandwidth_share: float
    step_seconds_per_layer: float
    expert_factor: float
    log_error: Band
    calibrated_log_error: Band
    fitted: Fitted


@cache
def efficiency() -> Efficiency:
    """The constants that are shipped."""
    path = Path(str(files("outlay.plan.capacity").joinpath("data/efficiency.yaml")))
    return validate(read_document(path), Efficiency, "E-CAP-003")


def normal_multiplier(band: Band, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """What predictions are multiplied with at standard normal draws: a two-piece lognormal with the quantiles of the
    band.

    Draw 0 gives the middle, -1.2816 the 10th percentile, 1.2816 the 90th: 0.75, 1 and 1.43 in the fitted range.
    """
    spread = np.where(normal < 0, band.spread(below=True), band.spread(below=False))
    return np.exp(band.p50 + spread * normal)
