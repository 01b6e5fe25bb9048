from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages
from tests.plan.plans import stack_of

COURSE = "people: 200, hours: 4, rate: $60 / h, course: $150"
TICKETS = "kind: support, minutes: 20, rate: $45 / h"


def test_training_is_time_and_courses(tmp_path: Path) -> None:
    """200 x (4 x 60 + 150) = 78,000 once; 12% new a year are 780 a month."""
    assert monthly(tmp_path, "enablement", f"{COURSE}, turnover: 12%", 2) == pytest.approx([78_780, 780])
    assert monthly(tmp_path, "enablement", f"{COURSE}, from: 2027-02", 3) == pytest.approx([0, 78_000, 0])
    assert monthly(tmp_path, "enablement", f"{COURSE}, turnover: 12%, from: 2026-07", 2) == pytest.approx([780, 780])


def test_support_is_tickets_and_minutes(tmp_path: Path) -> None:
    """400 x 20 min at 45 = 6,000; 2,000 users with 0.2 tickets each are the same."""
    assert parts(tmp_path, "enablement", f"{TICKETS}, tickets: 400 tickets/month") == pytest.approx({"support": 6_000})
    followed = f"{TICKETS}, users: 2000, tickets_per_user: 0.2"
    assert cost(tmp_path, "enablement", followed) == pytest.approx(6_000)
    assert stages(tmp_path, "enablement", followed) == {"support": ("production", False)}


def test_stress_asks_for_more_support(tmp_path: Path) -> None:
    text = f"layers: {{enablement: [{{name: a, {TICKETS}, tickets: 300..400..800}}]}}\n"
    stack = stack_of(tmp_path, text, months=1, draws=2)
    assert [float(cost) for cost in stack.lines[0].costs] == pytest.approx([4_500, 6_000, 12_000])


def test_a_programme_of_change_ends(tmp_path: Path) -> None:
    """40 x 80 + 1,000 = 4,200 in each of its months."""
    entry = "kind: change, hours: 40, rate: $80 / h, material: $1k, until: 2027-02"
    assert monthly(tmp_path, "enablement", entry, 3) == pytest.approx([4_200, 4_200, 0])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("people: 3, hours: 4", "E-PLAN-015", "{name: a"),
        (TICKETS, "E-PLAN-021", "{name: a"),
        (f"{TICKETS}, tickets: 4, users: 3", "E-PLAN-021", "{name: a"),
        ("kind: change", "E-PLAN-021", "{name: a"),
        ("kind: change, hours: 4, material: 3", "E-PLAN-021", "{name: a"),
        (f"{COURSE}, turnover: 3 GB", "E-PLAN-011", "turnover: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "enablement", entry)
    assert (found, text[: len(place)]) == (code, place)
