#!/usr/bin/env python3
"""Fit the constants of serving again over published measurements, and print old and new.

Run it from the root of the repository: OUTLAY_SAMPLE_DATA=FOLDER python -m scripts.refit
It writes nothing: copy what it prints to src/outlay/plan/capacity/data/efficiency.yaml, and raise its version.
"""

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tests.plan.capacity import evaluation
from tests.plan.capacity.evaluation import FOLDER, Evaluation, Measured, by, calibrated, evaluate, quantiles, table

from outlay.plan.capacity import Efficiency, Lengths, Replica, efficiency, predict

NAMES = ("compute_share", "bandwidth_share", "step_seconds_per_layer", "expert_factor")
Group = tuple[Replica, Lengths, NDArray[np.float64], NDArray[np.float64]]


def groups(points: Sequence[Measured]) -> list[Group]:
    """Points of the same replica as arrays: lengths, concurrency, measured throughput."""
    found: dict[Replica, list[Measured]] = {}
    for point in points:
        found.setdefault(point.replica, []).append(point)
    return [(replica, *_arrays(rows)) for replica, rows in found.items()]


def _arrays(rows: Sequence[Measured]) -> tuple[Lengths, NDArray[np.float64], NDArray[np.float64]]:
    read = np.array([p.lengths.input_tokens for p in rows], dtype=float)
    written = np.array([p.lengths.output_tokens for p in rows], dtype=float)
    asked = np.array([p.concurrency for p in rows], dtype=float)
    return Lengths(read, written), asked, np.array([p.tokens_per_second for p in rows])


def constants_of(scales: NDArray[np.float64], old: Efficiency) -> Efficiency:
    """The old constants, each times e^scale."""
    values = {name: getattr(old, name) * float(np.exp(s)) for name, s in zip(NAMES, scales, strict=True)}
    return old.model_copy(update=values)


def mean_error(constants: Efficiency, data: Sequence[Group], whole_groups: bool) -> float:
    """The mean |log error| of all rows, or of the groups, each counted once."""
    far = [
        np.abs(np.log(measured / predict(replica, lengths, asked, constants=constants).tokens_per_second))
        for replica, lengths, asked, measured in data
    ]
    return float(np.mean([np.mean(f) for f in far]) if whole_groups else np.mean(np.concatenate(far)))


def fit(data: Sequence[Group], old: Efficiency, whole_groups: bool) -> Efficiency:
    """The constants with the least mean |log error|, by Nelder and Mead."""
    optimize: Any = importlib.import_module("scipy.optimize")

    def loss(scales: NDArray[np.float64]) -> float:
        return mean_error(constants_of(scales, old), data, whole_groups)

    best = optimize.minimize(loss, np.zeros(4), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-6})
    return constants_of(best.x, old)


def report(found: Evaluation, constants: Efficiency, data: Sequence[Group]) -> list[str]:
    """Constants, and how well they do."""
    rows, whole = (mean_error(constants, data, of_groups) for of_groups in (False, True))
    return [
        ", ".join(f"{name} {getattr(constants, name):.4g}" for name in NAMES),
        f"mean |log error| of rows {rows:.4f}, of groups {whole:.4f}",
        quantiles(found.log_errors),
        f"{found.coverage:.1%} of rows are answered, {found.inside():.0%} of measurements are between p10 and p90",
    ]


def main() -> None:
    """Print the old constants, those fitted to rows and to groups, what calibration gives, and the table."""
    if not (FOLDER / evaluation.SWEEPS).exists():
        sys.exit("OUTLAY_SAMPLE_DATA names no folder with capacity measurements")
    old, points = efficiency(), evaluation.sweeps()
    found = evaluate(points, old)
    data = groups(found.points)
    tried = {"old": old, "new, by rows": fit(data, old, False), "new, by groups": fit(data, old, True)}
    for name, constants in tried.items():
        print(f"\n{name}", *report(evaluate(points, constants), constants, data), sep="\n  ")
    for name in sorted({p.replica.model.name for p in found.points}):
        without = fit([g for g in data if g[0].model.name != name], old, False)
        print(f"  without {name}: " + ", ".join(f"{getattr(without, n):.4g}" for n in NAMES))
    for count in (1, 3):
        print(f"\ncalibrated by {count} other rows of a group\n  {quantiles(calibrated(found, count))}")
    print("", *table(found), "", sep="\n")
    for name, rows in evaluation.maxima().items():
        print(name, quantiles(evaluate(rows).log_errors), *table(evaluate(rows)), "", sep="\n")
    print(*sorted({f"refused: {reason}" for reason in found.refused}), sep="\n")
    worst = sorted(by(found, lambda p: p.group).items(), key=lambda item: -float(np.abs(np.median(item[1]))))
    print("", "farthest groups", *(f"  {' '.join(k)}: {quantiles(v)}" for k, v in worst[:8]), sep="\n")


if __name__ == "__main__":
    main()
