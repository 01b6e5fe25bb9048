"""The truth about calls of hosted models: tokens by day, feature, tenant and model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlay.demo.amounts import micro
from outlay.demo.facts import dice, document, shape
from outlay.demo.timeline import DAYS, day_index, growth, weekdays

DIRECTIONS = ("input", "cached_input", "cache_write", "output")
INTERNAL = "internal"
Grid = NDArray[np.int64]  # day x tenant


@dataclass(frozen=True, slots=True)
class Stream:
    """One feature calling one model in one environment: calls and tokens per day and tenant."""

    facts: dict[str, Any]
    model: str
    tenants: tuple[str, ...]
    calls: Grid
    lost: Grid
    tokens: dict[str, Grid]

    @property
    def provider(self) -> str:
        """Who bills the calls."""
        return str(document("llm")["models"][self.model]["provider"])

    @property
    def failed_share(self) -> int:
        """Calls that failed and are billed all the same, in millionths of those that did not fail."""
        return micro(document("llm")["providers"][self.provider]["failed_share"])


def streams(seed: int) -> list[Stream]:
    """Every stream of `llm.yaml`, one per model of its mix."""
    return [stream for facts in document("llm")["streams"] for stream in _streams_of(seed, facts)]


def _streams_of(seed: int, facts: dict[str, Any]) -> Iterator[Stream]:
    key = f"{facts['feature']} {facts['environment']}"
    tenants, weights = _tenants(seed, key, int(facts["tenants"]))
    demand = _demand(seed, key, facts, weights)
    for model, share, first, last in facts["mix"]:
        calls = np.rint(demand * float(share)).astype(np.int64)
        calls[: day_index(first)] = 0
        calls[day_index(last) + 1 :] = 0
        lost = np.rint(calls * float(facts["lost_share"]) * _spread(seed, f"lost {key}", calls.shape)).astype(np.int64)
        yield Stream(facts, model, tenants, calls, lost, _tokens(seed, key, facts, calls))


def _tenants(seed: int, key: str, count: int) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Tenants of a feature with their shares: few are large, as in the trace, with a long even tail."""
    if not count:
        return (INTERNAL,), np.ones(1)
    numbers = dice(seed, f"tenants {key}").permutation(40)[:count]
    head = np.array(shape("tenant_shares"))
    weights = np.concatenate([head, np.full(40, head[-1] * 0.8)])[:count]
    return tuple(f"t-{n + 1:03d}" for n in numbers), weights / weights.sum()


def _demand(seed: int, key: str, facts: dict[str, Any], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Calls per day and tenant, as the week, the growth and chance have it."""
    level = growth(float(facts["growth"])) * np.array(shape("traffic_weekday"))[weekdays()]
    grid = np.outer(level, weights) * float(facts["calls"])
    return np.asarray(grid * _spread(seed, f"calls {key}", grid.shape))


def _spread(seed: int, name: str, size: tuple[int, ...]) -> NDArray[np.float64]:
    """Factors around 1."""
    return dice(seed, name).uniform(0.85, 1.15, size)


def _tokens(seed: int, key: str, facts: dict[str, Any], calls: Grid) -> dict[str, Grid]:
    """Tokens per direction, from the means per call and the incidents."""
    found = {}
    for direction in (d for d in DIRECTIONS if d in facts["tokens"]):
        means = float(facts["tokens"][direction]) * bloat(facts, direction)[:, None]
        found[direction] = np.rint(calls * means * _spread(seed, f"{direction} {key}", calls.shape)).astype(np.int64)
    return found


def bloat(facts: dict[str, Any], direction: str) -> NDArray[np.float64]:
    """The factor of every day by which incidents blow up the tokens of a call."""
    factors = np.ones(DAYS)
    for event in document("llm")["incidents"]:
        same = all(event[key] == facts[key] for key in ("feature", "environment"))
        if same and event["direction"] == direction:
            factors[day_index(event["from"]) : day_index(event["until"]) + 1] = float(event["factor"])
    return factors
