"""Predictions against published measurements: errors, and their table by model and GPU.

Sweeps are closed loops with a known concurrency, so every row is comparable. Of the tables of maximum throughput two
kinds are: those of TensorRT-LLM without pipeline parallelism, read as one replica at its greatest batch, and MLPerf
Offline, read as the best layout of its GPUs, for submitters choose it. MLPerf Server has an unknown load, and pipeline
parallelism is not modelled.
"""

import csv
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outlay.model.problem import InputError
from outlay.plan.capacity import Efficiency, Lengths, Prediction, Replica, best_layout, gpu, model, predict
from outlay.plan.capacity.hardware import precision_of
from outlay.plan.capacity.layout import BATCH_LIMIT
from outlay.plan.capacity.serving import max_concurrency

FOLDER = Path(os.environ.get("OUTLAY_SAMPLE_DATA", "")) / "capacity"
SWEEPS, MAXIMA = "serving_latency_sweeps.csv", "serving_max_throughput.csv"
Key = tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Output tokens a second that somebody measured; no concurrency where it was as high as it would go."""

    replica: Replica
    lengths: Lengths
    concurrency: float | None
    tokens_per_second: float
    split: bool = False

    @property
    def group(self) -> Key:
        """What a fit counts once, however many rows it has."""
        r = self.replica
        return r.model.name, r.gpu.name, r.precision, r.engine, str(r.gpus)


@dataclass(frozen=True)
class Evaluation:
    """Predictions and their log errors, ln(measured / predicted), and why other rows have none."""

    points: Sequence[Measured]
    predictions: Sequence[Prediction]
    log_errors: NDArray[np.float64]
    refused: Sequence[str]

    @property
    def coverage(self) -> float:
        """The share of rows that are answered."""
        return len(self.points) / (len(self.points) + len(self.refused))

    def inside(self, keep: Callable[[Prediction], bool] = lambda _: True) -> float:
        """The share of measurements between the 10th and the 90th percentile of their prediction."""
        found = [
            p.band.p10 <= e <= p.band.p90 for p, e in zip(self.predictions, self.log_errors, strict=True) if keep(p)
        ]
        return float(np.mean(found)) if found else float("nan")


def relative(log_errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """|predicted / measured - 1|."""
    return np.abs(np.expm1(-log_errors))


def read(name: str, folder: Path) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sweeps(folder: Path = FOLDER) -> list[Measured]:
    """Rows with a concurrency."""
    return [
        Measured(
            Replica(
                model(row["model"]),
                gpu(row["gpu"]),
                int(row["gpus_per_replica"]),
                precision_of(row["precision"]),
                row["engine"],
            ),
            Lengths(float(row["isl_mean"]), float(row["osl_mean"])),
            float(row["concurrency"]),
            float(row["out_tps"]),
        )
        for row in read(SWEEPS, folder)
    ]


def maxima(folder: Path = FOLDER) -> dict[str, list[Measured]]:
    """Comparable rows of maximum throughput by their origin."""
    found: dict[str, list[Measured]] = {"TensorRT-LLM 1.0, one replica": [], "MLPerf 5.1 Offline, best layout": []}
    for row in read(MAXIMA, folder):
        tables = row["engine"].startswith("trtllm")
        if (row["pp"] == "1") if tables else (row["concurrency"] == "max"):
            replica = Replica(model(row["model"]), gpu(row["system"]), int(row["gpus"]), precision_of(row["precision"]))
            lengths = Lengths(float(row["isl"]), float(row["osl"]))
            one = Measured(replica, lengths, None, float(row["out_tps"]), split=not tables)
            found[list(found)[0 if tables else 1]].append(one)
    return found


def tokens_per_second(point: Measured, constants: Efficiency | None = None) -> tuple[Prediction, float]:
    """The prediction of a measured point, and its throughput."""
    if point.split:
        layout = best_layout(point.replica, point.lengths, constants=constants)
        return layout.prediction, layout.tokens_per_second
    greatest = min(float(max_concurrency(point.replica, point.lengths)), BATCH_LIMIT)
    wanted = point.concurrency or max(greatest, 1.0)
    found = predict(point.replica, point.lengths, wanted, constants=constants)
    return found, float(found.tokens_per_second)


def evaluate(points: Iterable[Measured], constants: Efficiency | None = None) -> Evaluation:
    """Every point that the model answers, and the codes of those that it refuses."""
    kept, predictions, errors, refused = [], [], [], []
    for point in points:
        try:
            found, rate = tokens_per_second(point, constants)
        except InputError as error:
            refused.append(str(error))
            continue
        kept.append(point)
        predictions.append(found)
        errors.append(np.log(point.tokens_per_second / rate))
    return Evaluation(kept, predictions, np.array(errors), refused)


def by(found: Evaluation, key: Callable[[Measured], Key]) -> Mapping[Key, NDArray[np.float64]]:
    """Log errors by a key of their points."""
    groups: dict[Key, list[float]] = defaultdict(list)
    for point, error in zip(found.points, found.log_errors, strict=True):
        groups[key(point)].append(float(error))
    return {k: np.array(v) for k, v in sorted(groups.items())}


def table(found: Evaluation) -> list[str]:
    """Markdown: rows, median and 90th percentile of the error and its bias, by model and GPU."""
    lines = [
        "| model | GPU | rows | median error | 90th percentile | measured / predicted |",
        "|---|---|---:|---:|---:|---:|",
    ]
    groups = by(found, lambda p: (p.replica.model.name, p.replica.gpu.name))
    lines += [_row(name, chip, errors) for (name, chip), errors in groups.items()]
    return [*lines, _row("all", "all", found.log_errors)]


def _row(name: str, chip: str, errors: NDArray[np.float64]) -> str:
    far = relative(errors)
    middle, high, bias = np.median(far), np.quantile(far, 0.9), np.exp(np.median(errors))
    return f"| {name} | {chip} | {len(errors):,} | {middle:.0%} | {high:.0%} | {bias:.2f} |"


def calibrated(found: Evaluation, points: int, seed: int = 1) -> NDArray[np.float64]:
    """Log errors of each row after calibration by some other rows of the same group, chosen at random eight times."""
    random, left = np.random.default_rng(seed), []
    for errors in by(found, lambda p: p.group).values():
        for index, error in enumerate(errors):
            others = np.delete(errors, index)
            if len(others) >= points:
                left += [error - np.median(random.choice(others, points, replace=False)) for _ in range(8)]
    return np.array(left)


def quantiles(log_errors: NDArray[np.float64]) -> str:
    """The 10th, 50th and 90th percentile of log errors, and the median and 90th percentile of their size."""
    far, (low, middle, high) = relative(log_errors), np.quantile(log_errors, [0.1, 0.5, 0.9])
    size = f"median {np.median(far):.1%}, 90th percentile {np.quantile(far, 0.9):.1%}"
    return f"{len(log_errors):,} rows: {size}; log error p10 {low:+.2f}, p50 {middle:+.2f}, p90 {high:+.2f}"
