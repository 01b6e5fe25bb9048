"""What came of the calls: attempts and successes of each feature by day, and scores of models by month."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from outlay.demo.charges import Row
from outlay.demo.facts import dice, document
from outlay.demo.timeline import DAYS, day_name, months
from outlay.demo.traffic import Stream

OUTCOMES = ("feature", "day", "attempts", "successes", "value")
QUALITY = ("model", "feature", "score", "date")
PRODUCTION = "production"


def outcome_rows(seed: int, traffic: list[Stream]) -> Iterator[Row]:
    """One row per feature and day, for the features that have an aim."""
    calls = _calls(traffic)
    for facts in document("outcomes")["outcomes"]:
        feature = facts["feature"]
        attempts = np.rint(calls[feature] / float(facts["calls"])).astype(np.int64)
        share = float(facts["success"]) * dice(seed, f"outcomes {feature}").uniform(0.96, 1.04, DAYS)
        successes = np.rint(attempts * share).astype(np.int64)
        for day in range(DAYS):
            value = int(successes[day]) * Decimal(facts["value"])
            numbers = {"attempts": str(attempts[day]), "successes": str(successes[day]), "value": f"{value:f}"}
            yield {"feature": feature, "day": day_name(day)} | numbers


def _calls(traffic: list[Stream]) -> dict[str, NDArray[np.int64]]:
    """Calls of each feature in production by day."""
    found: dict[str, NDArray[np.int64]] = defaultdict(lambda: np.zeros(DAYS, dtype=np.int64))
    for stream in traffic:
        if stream.facts["environment"] == PRODUCTION:
            found[stream.facts["feature"]] = found[stream.facts["feature"]] + stream.calls.sum(axis=1)
    return found


def quality_rows(seed: int) -> Iterator[Row]:
    """The scores of an evaluation on the first day of every month."""
    for facts in document("outcomes")["quality"]:
        for model, mean in facts["scores"].items():
            drawn = dice(seed, f"quality {facts['feature']} {model}").uniform(-0.6, 0.6, len(months()))
            for month, noise in zip(months(), drawn, strict=True):
                score = f"{float(mean) + noise:.1f}"
                yield {"model": model, "feature": facts["feature"], "score": score, "date": str(month.first)}
