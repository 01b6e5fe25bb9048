from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages

LAYER = "mlops-platform"


def test_seats_at_the_price_of_the_book(tmp_path: Path) -> None:
    """12 seats of W&B teams x 50 = 600."""
    assert parts(tmp_path, LAYER, "seats: 12, provider: wandb, item: seat") == pytest.approx({"seats": 600})
    assert cost(tmp_path, LAYER, "seats: 12, price: $40 / seat-month") == pytest.approx(480)


def test_consumption_is_metered_in_credits(tmp_path: Path) -> None:
    """300 h x 4 DBU = 1,200 x 0.55 = 660, as 1,200 DBU are."""
    databricks = "kind: consumption, provider: databricks, item: all-purpose-compute"
    assert cost(tmp_path, LAYER, f"{databricks}, hours: 300, credits_per_hour: 4") == pytest.approx(660)
    assert cost(tmp_path, LAYER, f"{databricks}, credits: 1200 DBU/month") == pytest.approx(660)
    assert cost(tmp_path, LAYER, "kind: consumption, credits: 1200, price: $0.15 / DBU") == pytest.approx(180)


def test_an_annual_invoice_is_spread_over_its_months(tmp_path: Path) -> None:
    """50,000 / 12 = 4,166.67; renewed at 10% more after 12 months."""
    assert cost(tmp_path, LAYER, "kind: invoice, annual: $50k / year") == pytest.approx(50_000 / 12)
    found = monthly(tmp_path, LAYER, "kind: invoice, annual: 12000, uplift: 10%, from: 2027-02", 14)
    assert found == pytest.approx([0, *[1000] * 12, 1100])


def test_a_free_tool_costs_machines_and_labour(tmp_path: Path) -> None:
    """2 x 730 x 0.20 + 30 x 110 = 292 + 3,300."""
    entry = "kind: open-source, instances: 2, instance_price: $0.20 / h, hours: 30 h/month, rate: $110 / h"
    assert parts(tmp_path, LAYER, entry) == pytest.approx({"instances": 292, "labour": 3_300})
    assert stages(tmp_path, LAYER, entry)["labour"] == ("production", True)


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("seats: 3", "E-PLAN-053", "{name: a"),
        ("seats: 3, provider: wandb, item: sead", "E-PLAN-033", "item: "),
        ("kind: consumption, price: 1", "E-PLAN-021", "{name: a"),
        ("kind: consumption, price: 1, credits: 3, hours: 4", "E-PLAN-021", "{name: a"),
        ("kind: consumption, credits: 3, provider: wandb, item: seat", "E-PLAN-033", "item: "),
        ("kind: open-source, instances: 1, instance_price: 1, hours: 3", "E-PLAN-015", "{name: a"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, LAYER, entry)
    assert (found, text[: len(place)]) == (code, place)
