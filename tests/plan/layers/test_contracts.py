from pathlib import Path

import pytest
from tests.plan.layers.entries import computed, cost, monthly, refused
from tests.plan.plans import stack_of

from outlay.model.layers import LAYER_NAMES

SEATS = "kind: seat-contract, price: $50 / seat-month"
STEPS = "steps: [{price: $2 / 1k calls}, {above: 1M calls, price: $1 / 1k calls}]"
TIERS = f"kind: tier-contract, {STEPS}"
COMMITTED = "kind: commitment, committed: $10k, discount: 20%"


def test_seats_are_whole_and_at_least_the_minimum(tmp_path: Path) -> None:
    """14 seats at $50 with a minimum of 20 are $1,000; 20.5 are 21 seats, $1,050. $600 a year are $50 a month."""
    assert cost(tmp_path, "people", f"{SEATS}, seats: 14, minimum: 20") == pytest.approx(1_000)
    assert cost(tmp_path, "people", f"{SEATS}, seats: 20.5, minimum: 20") == pytest.approx(1_050)
    yearly = "kind: seat-contract, price: $600 / seat / year, billed: yearly, seats: 14"
    assert cost(tmp_path, "people", yearly, months=12) == pytest.approx(8_400)


def test_seats_of_a_year_stay_until_it_is_over(tmp_path: Path) -> None:
    """10, 12, 8 seats: billed monthly 10, 12, 8; billed yearly 10, 12, 12, and 8 when the second year begins."""
    text = """
    assumptions: {{staff: {{value: 10, steps: {{2027-02: 1.2, 2027-03: 0.6666666667}}}}}}
    layers: {{mlops-platform: [{{name: a, kind: seat-contract, seats: staff, price: $1 / seat-month, billed: {}}}]}}
    """
    monthly_, yearly = (
        [round(float(m.expected)) for m in stack_of(tmp_path, text.format(how), 13, 2).months.values()]
        for how in ("monthly", "yearly")
    )
    assert monthly_ == [10, 12, *[8] * 11]
    assert yearly == [10, *[12] * 11, 8]


def test_steps_are_charged_part_by_part_or_as_a_whole(tmp_path: Path) -> None:
    """3 M calls: 1,000 x 2 + 2,000 x 1 = 4,000; all at the step that is reached 3,000 x 1 = 3,000."""
    assert cost(tmp_path, "model-api", f"{TIERS}, quantity: 3M calls") == pytest.approx(4_000)
    assert cost(tmp_path, "model-api", f"{TIERS}, quantity: 3M calls, whole: true") == pytest.approx(3_000)
    assert cost(tmp_path, "model-api", f"{TIERS}, quantity: 1M calls, whole: true") == pytest.approx(2_000)
    assert cost(tmp_path, "model-api", f"{TIERS}, quantity: 0 calls, whole: true") == 0


def test_steps_of_storage_are_the_same_as_those_of_the_book(tmp_path: Path) -> None:
    """S3 at 1 PB: 50,000 x 0.023 + 450,000 x 0.022 + 500,000 x 0.021 = 21,550."""
    steps = (
        "steps: [{price: $0.023 / GB-month}, {above: 50 TB, price: $0.022 / GB-month},"
        " {above: 500 TB, price: $0.021 / GB-month}]"
    )
    assert cost(tmp_path, "storage", f"kind: tier-contract, quantity: 1 PB, {steps}") == pytest.approx(21_550)


def test_a_commitment_is_paid_used_or_not(tmp_path: Path) -> None:
    """10,000 at 20% off cover 12,500: of 9,000 all, of 15,000 the rest is overage, 2,500 at list price or at 1.1."""
    assert cost(tmp_path, "model-api", f"{COMMITTED}, usage: $9k") == pytest.approx(10_000)
    assert cost(tmp_path, "model-api", f"{COMMITTED}, usage: $12.5k") == pytest.approx(10_000)
    assert cost(tmp_path, "model-api", f"{COMMITTED}, usage: $15k") == pytest.approx(12_500)
    assert cost(tmp_path, "model-api", f"{COMMITTED}, usage: $15k, overage: 1.1") == pytest.approx(12_750)
    why = computed(tmp_path, "model-api", f"{COMMITTED}, usage: $15k").lines[0].why
    assert why == "$10k committed, $15k used less 20%; above x 1"


@pytest.mark.parametrize("layer", LAYER_NAMES)
def test_every_layer_holds_contracts_and_plain_costs(tmp_path: Path, layer: str) -> None:
    assert cost(tmp_path, layer, f"{SEATS}, seats: 2") == pytest.approx(100)
    assert cost(tmp_path, layer, f"{TIERS}, quantity: 1k calls") == pytest.approx(2)
    assert cost(tmp_path, layer, f"{COMMITTED}, usage: 0") == pytest.approx(10_000)
    assert cost(tmp_path, layer, "kind: cost, amount: $5") == pytest.approx(5)


def test_months_outside_of_a_contract_are_free(tmp_path: Path) -> None:
    found = monthly(tmp_path, "people", f"{SEATS}, seats: 1, from: 2027-02, until: 2027-02", 3)
    assert found == pytest.approx([0, 50, 0])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("kind: seat-contract, seats: 3", "E-PLAN-053", "{name: a"),
        (f"{SEATS}, seats: 3, billed: weekly", "E-PLAN-010", "billed: "),
        ("kind: tier-contract, quantity: 1, steps: []", "E-PLAN-010", "steps: "),
        ("kind: tier-contract, quantity: 1, steps: [{above: 1, price: 1}]", "E-PLAN-056", "steps: "),
        ("kind: tier-contract, quantity: 1, steps: [{price: 1}, {above: 1..2, price: 1}]", "E-PLAN-056", "above: "),
        ("kind: tier-contract, quantity: 1 GB, steps: [{price: 1}, {above: 1 h, price: 1}]", "E-PLAN-011", "above: "),
        ("kind: tier-contract, quantity: 1 GB, steps: [{price: $1 / h}]", "E-PLAN-011", "{name: a"),
        ("kind: commitment, committed: 1, usage: 1, discount: 100%", "E-PLAN-016", "discount: "),
        ("kind: contract, price: 1", "E-PLAN-010", "{name: a"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "people", entry)
    assert (found, text[: len(place)]) == (code, place)
