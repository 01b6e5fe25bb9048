"""Capacity: predictions of throughput and replicas for many loads, each against the bare arithmetic that it needs."""

import numpy as np

from benchmarks.measure import seconds
from outlay.plan.capacity import Lengths, Replica, gpu, model, normal_multiplier, point_at, predict, replicas

PREDICTIONS, LOADS = 1000, 300_000


def predictions_and_replicas() -> list[str]:
    """1,000 predictions one by one and at once, and replicas for 300,000 loads, of one speed and of drawn ones."""
    whole = Replica(model("llama-3.1-70b"), gpu("h200-141gb"), 1, "fp8")
    each = [float(i % 128 + 1) for i in range(PREDICTIONS)]
    asked = np.array(each)
    single = seconds(lambda: [predict(whole, Lengths(1000.0, 500.0), c).tokens_per_second for c in each])
    at_once = seconds(lambda: predict(whole, Lengths(1000.0, 500.0), asked).tokens_per_second)
    floor = seconds(lambda: [_bare(c) for c in each])
    point, random = point_at(whole, Lengths(1000, 500), 64), np.random.default_rng(7)
    load = random.lognormal(2, 1, LOADS)
    draws = normal_multiplier(point.prediction.band, random.standard_normal(LOADS))
    steps = np.sort(random.choice(load, 50))
    search = seconds(lambda: np.searchsorted(steps, load))
    plain = seconds(lambda: replicas(load, point))
    drawn = seconds(lambda: replicas(load, point, throughput=draws))
    return [
        f"the formula alone in plain Python, {PREDICTIONS:,} times: {floor * 1e3:.1f} ms",
        f"{PREDICTIONS:,} predictions, band and checks: {single * 1e3:.1f} ms = {single / floor:.0f}x (goal 50 ms)",
        f"{PREDICTIONS:,} predictions at once: {at_once * 1e3:.2f} ms",
        f"a search of {LOADS:,} loads in a sorted table: {search * 1e3:.1f} ms",
        f"replicas for {LOADS:,} loads: {plain * 1e3:.1f} ms = {plain / search:.1f}x (goal 100 ms)",
        f"replicas for {LOADS:,} loads, each with a speed of its own: {drawn * 1e3:.1f} ms = {drawn / search:.1f}x",
    ]


def _bare(batch: float) -> float:
    """Output tokens a second of Llama 70B in fp8 on one H200, 1,000 + 500 tokens, with every constant written out."""
    batch = min(batch, (0.9 * 141e9 - 70.6e9) / (163_840 * 1500))
    prefill = (2 * 69.5e9 * 1000 + 2 * 1000**2 * 64 * 128 * 80) / (1979e12 * 0.497)
    moved = (70.6e9 + batch * 1250 * 163_840) / (4.8e12 * 0.911)
    step = max(moved, 2 * 69.5e9 * batch / (1979e12 * 0.497)) + 80 * 69.3e-6
    return batch * 500 / (batch * prefill + 500 * step)
