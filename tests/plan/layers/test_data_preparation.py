from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages

LAYER = "data-preparation"
CLEAN = "data: 500 GB, price: $0.40 / GB, hours: 6 h, rate: $100 / h"


def test_cleaning_is_data_at_a_price_and_hours_at_a_rate(tmp_path: Path) -> None:
    """500 x 0.40 + 6 x 100 = 800 a cycle; weekly 52 / 12 of it a month."""
    assert parts(tmp_path, LAYER, f"{CLEAN}, every: monthly") == pytest.approx(
        {"cleaning": 200, "cleaning by people": 600}
    )
    assert cost(tmp_path, LAYER, f"{CLEAN}, every: weekly") == pytest.approx(800 * 52 / 12)
    assert monthly(tmp_path, LAYER, f"{CLEAN}, every: quarterly", 4) == pytest.approx([800, 0, 0, 800])


def test_labels_are_reviewed(tmp_path: Path) -> None:
    """10,000 x 0.08 = 800, and 10% of them again; two people for each item cost twice as much."""
    entry = "kind: labelling, items: 10k, price: $0.08 / item, review: 10%, every: monthly"
    assert parts(tmp_path, LAYER, entry) == pytest.approx({"labels": 800, "review": 80})
    assert stages(tmp_path, LAYER, entry)["review"] == ("production", False)
    assert cost(tmp_path, LAYER, f"{entry}, labels: 2") == pytest.approx(1_760)


def test_labels_are_made_when_enough_has_come_in(tmp_path: Path) -> None:
    """5,000 new documents a month, a cycle of 1,000 labels at each 2,000: 2.5 x 1,000 x 0.08 = 200."""
    entry = "kind: labelling, items: 1k, price: $0.08 / item, new: 5k documents / month, threshold: 2k documents"
    assert cost(tmp_path, LAYER, entry) == pytest.approx(200)


def test_every_cycle_is_validated(tmp_path: Path) -> None:
    """4 x 90 + 10 x 1.20 = 372; a first estimate leaves it out."""
    entry = "kind: validation, hours: 4, rate: $90 / h, compute_hours: 10 h, compute_price: $1.20 / h, every: monthly"
    assert parts(tmp_path, LAYER, entry) == pytest.approx({"validation": 360, "validation compute": 12})
    assert set(stages(tmp_path, LAYER, entry).values()) == {("production", False)}


def test_pipelines_are_paid_by_the_run_and_by_the_gb(tmp_path: Path) -> None:
    """5 pipelines x 365 / 12 x (0.80 + 2 GB x 0.05) = 121.67 + 15.21."""
    entry = "kind: ingestion, pipelines: 5, run_price: $0.80, data: 2 GB, price: $0.05 / GB, every: daily"
    found = parts(tmp_path, LAYER, entry)
    assert found == pytest.approx({"pipeline runs": 5 * 365 / 12 * 0.8, "data taken in": 5 * 365 / 12 * 0.1})


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("every: monthly", "E-PLAN-021", "{name: a"),
        ("every: monthly, data: 1 TB", "E-PLAN-021", "{name: a"),
        ("data: 1 TB, price: $1 / GB", "E-PLAN-050", "{name: a"),
        ("kind: labelling, items: 1k, every: monthly", "E-PLAN-015", "{name: a"),
        ("kind: labelling, items: 1k, price: 1, review: 140%, every: monthly", "E-PLAN-016", "review: "),
        ("kind: validation, every: monthly", "E-PLAN-021", "{name: a"),
        ("kind: ingestion, every: monthly", "E-PLAN-021", "{name: a"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, LAYER, entry)
    assert (found, text[: len(place)]) == (code, place)
