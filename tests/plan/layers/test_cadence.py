from pathlib import Path

import pytest
from tests.plan.layers.entries import monthly, refused

RED = "kind: red-team, tools: $120"


def months(folder: Path, entry: str, count: int = 6) -> list[float]:
    """How often 120 dollars fall into each month, as money."""
    return monthly(folder, "evaluation", f"{RED}, {entry}", count)


@pytest.mark.parametrize(
    ("every", "times"),
    [
        ("continuous", [730, 730, 730, 730]),
        ("daily", [365 / 12] * 4),
        ("weekly", [52 / 12] * 4),
        ("monthly", [1, 1, 1, 1]),
        ("quarterly", [1, 0, 0, 1]),
        ("yearly", [1, 0, 0, 0]),
        ("6 / year", [1, 0, 1, 0]),
        ("2 / month", [2, 2, 2, 2]),
        ("0", [0, 0, 0, 0]),
        ("2..4..6 / year", [4 / 12] * 4),
    ],
)
def test_a_cadence_falls_into_its_months(tmp_path: Path, every: str, times: list[float]) -> None:
    """A month has 52 / 12 = 4.33 weeks, not 4; a range of times a year is spread evenly."""
    assert months(tmp_path, f"every: {every}", 4) == pytest.approx([120 * t for t in times])


def test_a_schedule_counts_from_its_first_month(tmp_path: Path) -> None:
    """Quarterly from February: February and May. From last November: February again."""
    assert months(tmp_path, "every: quarterly, from: 2027-02") == pytest.approx([0, 120, 0, 0, 120, 0])
    assert months(tmp_path, "every: quarterly, from: 2026-11") == pytest.approx([0, 120, 0, 0, 120, 0])


def test_a_threshold_is_reached_as_often_as_data_fills_it(tmp_path: Path) -> None:
    """200 GB a month reach 100 GB twice; 1 TB every fifth month, 0.2 of a cycle in each."""
    assert months(tmp_path, "new: 200 GB/month, threshold: 100 GB", 2) == pytest.approx([240, 240])
    assert months(tmp_path, "new: 200 GB, threshold: 1 TB", 2) == pytest.approx([24, 24])


def test_drift_is_an_expected_number_a_month_beside_the_schedule(tmp_path: Path) -> None:
    """Quarterly, and 3 a year for drift: 1 + 0.25, then 0.25."""
    assert months(tmp_path, "every: quarterly, drift: 3", 2) == pytest.approx([150, 30])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("note: x", "E-PLAN-050", "{name: a"),
        ("threshold: 1 TB", "E-PLAN-050", "{name: a"),
        ("new: 1 TB", "E-PLAN-050", "{name: a"),
        ("new: 1 TB, threshold: 0", "E-PLAN-050", "threshold: "),
        ("new: 1 TB, threshold: 5 items", "E-PLAN-011", "threshold: "),
        ("every: quartely", "E-PLAN-051", "every: "),
        ("every: often", "E-PLAN-025", "every: "),
        ("every: -1 / year", "E-PLAN-016", "every: "),
        ("every: 3 GB", "E-PLAN-011", "every: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "evaluation", f"{RED}, {entry}")
    assert (found, text[: len(place)]) == (code, place)
