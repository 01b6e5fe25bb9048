"""What came of the calls of the demo company, and the scores of its models."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from outlay.demo.facts import document


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_every_feature_in_production_has_outcomes_on_every_day(company: Path, tokens: list[dict[str, Any]]) -> None:
    found = rows(company / "traffic" / "outcomes.csv")
    assert list(found[0]) == ["feature", "day", "attempts", "successes", "value"]
    days = {(r["feature"], r["day"]) for r in found}
    assert len(days) == len(found)
    assert days == {(r["feature"], r["day"]) for r in tokens if r["environment"] == "production"}


def test_attempts_take_calls_and_successes_have_their_value(company: Path, tokens: list[dict[str, Any]]) -> None:
    calls: dict[tuple[str, str], int] = defaultdict(int)
    for row in (r for r in tokens if r["environment"] == "production"):
        calls[row["feature"], row["day"]] += row["calls"]
    worth = {facts["feature"]: Decimal(facts["value"]) for facts in document("outcomes")["outcomes"]}
    for row in rows(company / "traffic" / "outcomes.csv"):
        attempts, successes = int(row["attempts"]), int(row["successes"])
        assert 0 < successes < attempts <= calls[row["feature"], row["day"]]
        assert Decimal(row["value"]) == successes * worth[row["feature"]]


def test_models_have_a_score_for_every_month_and_feature_that_they_serve(
    company: Path, tokens: list[dict[str, Any]]
) -> None:
    found = rows(company / "traffic" / "quality.csv")
    assert list(found[0]) == ["model", "feature", "score", "date"]
    assert all(70 < Decimal(r["score"]) < 100 for r in found)
    scored = {(r["model"], r["feature"], r["date"]) for r in found}
    assert len(scored) == len(found)
    aimed = {facts["feature"] for facts in document("outcomes")["quality"]}
    served = {(r["model"], r["feature"], f"{r['day'][:7]}-01") for r in tokens if r["feature"] in aimed}
    assert served <= scored
