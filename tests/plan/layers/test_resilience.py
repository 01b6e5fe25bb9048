from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, monthly, parts, refused, stages
from tests.plan.plans import stack_of

LAYER = "resilience"


def test_machines_wait_in_every_region(tmp_path: Path) -> None:
    """2 x 2 x 730 x 3 = 8,760; on for a tenth of the time 876."""
    entry = "machines: 2, regions: 2, price: $3 / h"
    assert parts(tmp_path, LAYER, entry) == pytest.approx({"standby": 8_760})
    assert cost(tmp_path, LAYER, f"{entry}, running: 10%") == pytest.approx(876)
    assert stages(tmp_path, LAYER, entry) == {"standby": ("production", True)}


def test_gpus_of_the_book_wait_too(tmp_path: Path) -> None:
    """2 H100 of Lambda x 730 x 4.29 = 6,263.40."""
    entry = "machines: 2 GPU, provider: lambda, item: h100-80gb"
    assert cost(tmp_path, LAYER, f"{entry}, offer: 1x") == pytest.approx(6_263.40)
    assert refused(tmp_path, LAYER, entry)[0] == "E-PLAN-033"


def test_failover_is_tested_at_its_cadence(tmp_path: Path) -> None:
    """24 x 120 + 500 = 3,380 each quarter."""
    entry = "kind: failover-test, every: quarterly, hours: 24, rate: $120 / h, resources: $500"
    assert monthly(tmp_path, LAYER, entry, 4) == pytest.approx([3_380, 0, 0, 3_380])


def test_backups_are_copies_at_the_price_of_their_storage(tmp_path: Path) -> None:
    """20 TB x 2 x 0.01 = 400; S3 standard-IA asks 0.0125 for 20,000 GB: 250."""
    assert cost(tmp_path, LAYER, "kind: backup, data: 20 TB, copies: 2, price: $0.01 / GB-month") == pytest.approx(400)
    assert cost(tmp_path, LAYER, "kind: backup, data: 20 TB, provider: aws, item: s3-standard-ia") == pytest.approx(250)
    growing = "kind: backup, data: 1 TB, growth: 10%, price: $1 / TB-month"
    assert monthly(tmp_path, LAYER, growing, 3) == pytest.approx([1, 1.1, 1.21])


def test_a_breach_costs_what_is_expected_of_it(tmp_path: Path) -> None:
    """6 a year x 25% x (5,000 + 15,000) / 12 = 2,500."""
    entry = "kind: breach, incidents: 6, probability: 25%, credits: $5k, loss: $15k"
    assert parts(tmp_path, LAYER, entry) == pytest.approx({"breaches": 2_500})


def test_a_probability_may_be_a_range(tmp_path: Path) -> None:
    text = (
        "layers: {resilience: [{name: a, kind: breach, incidents: 2..4..9 / year, probability: 5%..20%..60%,"
        " loss: $10k}]}\n"
    )
    total = stack_of(tmp_path, text, months=1).total
    assert float(total.expected) == pytest.approx(4 * 0.2 * 10_000 / 12)
    assert total.p50 < total.p90


def test_replication_goes_to_every_region(tmp_path: Path) -> None:
    """3,000 GB x 2 x 0.02 = 120, stated or at the price of AWS."""
    entry = "kind: replication, data: 3 TB, regions: 2"
    assert cost(tmp_path, LAYER, f"{entry}, price: $0.02 / GB") == pytest.approx(120)
    assert cost(tmp_path, LAYER, f"{entry}, provider: aws") == pytest.approx(120)


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("machines: 2", "E-PLAN-053", "{name: a"),
        ("kind: backup, data: 1 TB", "E-PLAN-053", "{name: a"),
        ("kind: breach, incidents: 2, probability: 10%", "E-PLAN-021", "{name: a"),
        ("kind: breach, incidents: 2, probability: 110%, loss: 1", "E-PLAN-016", "probability: "),
        ("kind: replication, data: 1 TB", "E-PLAN-053", "{name: a"),
        ("kind: replication, data: 1 TB, route: sideways, price: 1", "E-PLAN-010", "route: "),
        ("kind: failover-test, every: yearly, hours: 3", "E-PLAN-015", "{name: a"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, LAYER, entry)
    assert (found, text[: len(place)]) == (code, place)
