from pathlib import Path

import pytest
from tests.plan.layers.entries import computed, cost, parts, refused, stages
from tests.plan.plans import stack_of


def test_a_role_is_a_share_of_a_loaded_salary(tmp_path: Path) -> None:
    """50% of 240,000 a year is 10,000 a month."""
    assert parts(tmp_path, "people", "fte: 50%, salary: $240k / year") == pytest.approx({"work": 10_000})
    assert cost(tmp_path, "people", "fte: 2, salary: 240000") == pytest.approx(40_000)


def test_both_ends_of_two_ranges_multiply(tmp_path: Path) -> None:
    """1 to 2 engineers at 200k to 300k: 200k to 600k a year, not 400k to 600k. A range moves with its knob."""
    text = """
    demand: {engineers: 1..2}
    assumptions: {pay: {value: 200k..300k $ / year, knob: support}}
    layers: {people: [{name: a, fte: engineers, salary: pay}]}
    """
    total = stack_of(tmp_path, text, draws=2).total
    assert [float(total.best), float(total.stress)] == pytest.approx([200_000, 600_000], rel=1e-3)


def test_people_follow_from_the_models_that_each_keeps_running(tmp_path: Path) -> None:
    """4 models at 2 for each engineer: 2 x 250,000 / 12. 3 models are 1.5 engineers, or 2 whole ones."""
    entry = "models_per_engineer: 2, salary: $250k / year"
    assert cost(tmp_path, "people", f"models: 4, {entry}") == pytest.approx(2 * 250_000 / 12)
    assert cost(tmp_path, "people", f"models: 3, {entry}") == pytest.approx(1.5 * 250_000 / 12)
    assert cost(tmp_path, "people", f"models: 3, whole: true, {entry}") == pytest.approx(2 * 250_000 / 12)


def test_each_activity_is_a_line_and_the_rest_is_other_work(tmp_path: Path) -> None:
    """20,000 a month: 30% on call, 10% upgrades, 60% other work."""
    entry = "fte: 1, salary: $240k / year, activities: {on-call: 30%, upgrades: 10%}"
    assert parts(tmp_path, "people", entry) == pytest.approx(
        {"on-call": 6_000, "upgrades": 2_000, "other work": 12_000}
    )
    told = stages(tmp_path, "people", entry)
    assert [told[part] for part in ("on-call", "other work")] == [("production", True), ("initial", True)]


def test_activities_that_take_all_of_the_time_leave_nothing(tmp_path: Path) -> None:
    entry = "fte: 1, salary: $120k / year, activities: {evals: 40%, prompt-tuning: 60%}"
    assert parts(tmp_path, "people", entry) == pytest.approx({"evals": 4_000, "prompt-tuning": 6_000})


def test_a_role_of_the_book_costs_the_middle_of_its_range(tmp_path: Path) -> None:
    """MLOps engineers cost 146,331 to 239,980 a year."""
    entry = "fte: 1, role: mlops-engineer"
    assert cost(tmp_path, "people", entry) == pytest.approx((146_331 + 239_980) / 2 / 12)
    assert "the middle of 146331 to 239980 USD" in computed(tmp_path, "people", entry).lines[0].why


@pytest.mark.parametrize("hours", ["40", "40 h", "40 h/month", "480 h/year"])
def test_hours_of_a_month_are_read_in_every_spelling(tmp_path: Path, hours: str) -> None:
    """40 h at $150 = 6,000."""
    assert cost(tmp_path, "people", f"kind: hours, hours: {hours}, rate: $150 / h") == pytest.approx(6_000)


def test_hours_a_week_are_52_twelfths_a_month(tmp_path: Path) -> None:
    assert cost(tmp_path, "people", "kind: hours, hours: 12 h/week, rate: 100") == pytest.approx(5_200)


def test_releases_take_their_hours(tmp_path: Path) -> None:
    """2 releases x 16 h x $120 = 3,840."""
    entry = "kind: hours, releases: 2 releases/month, hours_per_release: 16 h/release, rate: $120 / h"
    assert parts(tmp_path, "people", entry) == pytest.approx({"releases": 3_840})


def test_months_outside_of_the_window_are_free(tmp_path: Path) -> None:
    entry = "fte: 1, salary: $120k / year, from: 2027-03"
    assert cost(tmp_path, "people", entry, months=4) == pytest.approx(20_000)


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("fte: 1", "E-PLAN-053", "{name: a"),
        ("salary: 1", "E-PLAN-021", "{name: a"),
        ("fte: 1, models: 3, models_per_engineer: 2, salary: 1", "E-PLAN-021", "{name: a"),
        ("fte: 1, role: mlops-enginer", "E-PLAN-033", "role: "),
        ("fte: 1, salary: 1, activities: {on-call: 70%, evals: 50%}", "E-PLAN-023", "activities: "),
        ("kind: hours, rate: $150 / h", "E-PLAN-021", "{name: a"),
        ("kind: hours, hours: 5, releases: 2, rate: $150 / h", "E-PLAN-021", "{name: a"),
        ("kind: hours, hours: 5, rate: $200k / year", "E-PLAN-011", "rate: "),
        ("kind: hours, hours: 5 GB, rate: $150 / h", "E-PLAN-011", "hours: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "people", entry)
    assert (found, text[: len(place)]) == (code, place)
