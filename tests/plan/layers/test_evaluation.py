from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages

GOLD = "cases: 1200, minutes: 15, annotators: 2, rate: $60 / h"
JUDGED = "kind: judge-runs, cases: 1200, provider: openai, model: gpt-5-mini, input: 2k, output: 100"


def test_a_gold_set_is_made_once_and_renewed(tmp_path: Path) -> None:
    """1,200 x 2 x 15 min = 600 h x 60 = 36,000 in the first month; 20% a year are 600 a month."""
    assert monthly(tmp_path, "evaluation", f"{GOLD}, renewed: 20%", 3) == pytest.approx([36_600, 600, 600])
    assert monthly(tmp_path, "evaluation", f"{GOLD}, from: 2027-02", 3) == pytest.approx([0, 36_000, 0])
    assert monthly(tmp_path, "evaluation", f"{GOLD}, renewed: 20%, from: 2026-02", 2) == pytest.approx([600, 600])
    told = stages(tmp_path, "evaluation", f"{GOLD}, renewed: 20%")
    assert told == {"gold set": ("initial", True), "renewal": ("production", True)}


def test_judged_runs_are_spend_on_a_model(tmp_path: Path) -> None:
    """1,200 x 52 / 12 = 5,200 calls: 10.4 M tokens x 0.25 + 0.52 M x 2 = 2.60 + 1.04."""
    assert parts(tmp_path, "evaluation", f"{JUDGED}, every: weekly") == pytest.approx({"judged by gpt-5-mini": 3.64})
    assert cost(tmp_path, "evaluation", f"{JUDGED}, every: weekly, votes: 3") == pytest.approx(10.92)
    stated = "prices: {input: $1 / M tokens, output: $5 / M tokens}"
    assert cost(tmp_path, "evaluation", f"{JUDGED}, every: monthly, {stated}") == pytest.approx(2.4 + 0.6)


def test_people_read_a_part_of_the_answers(tmp_path: Path) -> None:
    """2,000 x 3 min = 100 h x 60."""
    entry = "kind: human-review, items: 2k, minutes: 3 min/item, rate: $60 / h"
    assert parts(tmp_path, "evaluation", entry) == pytest.approx({"human review": 6_000})


def test_a_red_team_comes_twice_a_year(tmp_path: Path) -> None:
    """80 x 150 + 3,000 = 15,000 in the first and the seventh month."""
    entry = "kind: red-team, hours: 80, rate: $150 / h, tools: $3k, every: 2 / year"
    assert monthly(tmp_path, "evaluation", entry, 7) == pytest.approx([15_000, 0, 0, 0, 0, 0, 15_000])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("cases: 10, minutes: 5", "E-PLAN-015", "{name: a"),
        (JUDGED, "E-PLAN-050", "{name: a"),
        (f"{JUDGED} GB, every: weekly", "E-PLAN-011", "output: "),
        (JUDGED.replace("openai", "opnai") + ", every: weekly", "E-PLAN-030", "provider: "),
        ("kind: red-team, every: yearly", "E-PLAN-021", "{name: a"),
        ("kind: red-team, every: yearly, hours: 5, tools: 1", "E-PLAN-021", "{name: a"),
        ("kind: human-review, items: 1, minutes: 2 GB, rate: 1", "E-PLAN-011", "minutes: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "evaluation", entry)
    assert (found, text[: len(place)]) == (code, place)
