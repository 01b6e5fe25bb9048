from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, parts, refused, stages

EDGE = "source: bucket, destination: cluster"


def test_ten_terabytes_out_and_back_over_the_internet(tmp_path: Path) -> None:
    """20,000 GB x 0.09 = 1,800 for each run."""
    entry = f"{EDGE}, route: internet, data: 10 TB, round_trip: true, price: $0.09 / GB"
    assert parts(tmp_path, "network", entry) == pytest.approx({"bucket -> cluster (internet)": 1_800})
    assert cost(tmp_path, "network", f"{entry}, runs: 4") == pytest.approx(7_200)


def test_the_route_decides_the_price(tmp_path: Path) -> None:
    """The same 20 TB between regions of AWS at 0.02 = 400; over the internet 10,000 x 0.09 + 10,000 x 0.085 = 1,750."""
    entry = f"{EDGE}, data: 10 TB, round_trip: true, provider: aws"
    assert cost(tmp_path, "network", f"{entry}, route: inter-region") == pytest.approx(400)
    assert cost(tmp_path, "network", f"{entry}, route: internet") == pytest.approx(1_750)
    assert cost(tmp_path, "network", f"{entry}, route: internet, per: GiB") == pytest.approx(
        10_240 * 0.09 + (20_000 / 1.073741824 - 10_240) * 0.085
    )


@pytest.mark.parametrize(
    ("route", "price"),
    [
        *(("same-zone", 0), ("cross-zone", 0.02), ("inter-region", 0.02), ("inter-account", 0.02), ("internet", 0.09)),
        *(("cross-cloud", 0.09), ("cloud-to-onprem", 0.02), ("onprem-to-cloud", 0)),
    ],
)
def test_every_route_has_a_price(tmp_path: Path, route: str, price: float) -> None:
    found = cost(tmp_path, "network", f"{EDGE}, provider: aws, route: {route}, data: 1 TB")
    assert found == pytest.approx(1000 * price)


def test_replication_goes_to_every_region(tmp_path: Path) -> None:
    """300 GB of a refresh x 4 regions at 0.02 = 24; a first estimate leaves it out."""
    entry = f"{EDGE}, provider: aws, route: inter-region, data: 300 GB, regions: 4"
    assert cost(tmp_path, "network", entry) == pytest.approx(24)
    assert stages(tmp_path, "network", entry) == {"bucket -> cluster (inter-region)": ("production", False)}


def test_a_provider_with_several_offers_wants_one(tmp_path: Path) -> None:
    """1,000 GiB x 0.12 = 120."""
    entry = f"{EDGE}, provider: google, route: internet, data: 1000 GiB, offer: premium tier"
    assert cost(tmp_path, "network", entry) == pytest.approx(120)


def test_a_load_balancer_is_paid_by_the_hour_and_by_the_gb(tmp_path: Path) -> None:
    """2 x 730 x 0.0225 + 500 x 0.008 = 32.85 + 4."""
    entry = "kind: load-balancer, count: 2, price: $0.0225 / h, data: 500 GB, data_price: $0.008 / GB"
    assert parts(tmp_path, "network", entry) == pytest.approx({"load balancers": 32.85, "data that passes": 4})


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        (f"{EDGE}, route: intranet, data: 1 TB, price: 1", "E-PLAN-010", "route: "),
        (f"{EDGE}, route: internet, data: 1 TB", "E-PLAN-053", "{name: a"),
        (f"{EDGE}, route: internet, data: 1 TB, provider: nimbus", "E-PLAN-033", "route: "),
        (f"{EDGE}, route: internet, price: 1", "E-PLAN-015", "{name: a"),
        (f"{EDGE}, route: internet, data: 1 TB, price: $1 / h", "E-PLAN-011", "price: "),
        ("kind: load-balancer, price: $1 / h, data: 1 TB", "E-PLAN-021", "{name: a"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "network", entry)
    assert (found, text[: len(place)]) == (code, place)
