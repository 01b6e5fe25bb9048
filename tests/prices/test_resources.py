"""Reference prices of resources: every row is dated and has a source, and steps are marginal."""

import csv
import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.derive import rulebook
from outlay.model.problem import InputError
from outlay.prices.own import resources_of
from outlay.prices.resource_rows import FAMILIES, ROUTES, list_resources, read_vendor
from outlay.prices.resources import ResourceQuote, Wanted, cost, flat_cost, parts

DAY = date(2026, 11, 21)
PETABYTE = Decimal(10**6)


def ask(family: str, item: str, provider: str = "", quantity: Decimal | int = 1, **said: str) -> ResourceQuote:
    return list_resources().quote(Wanted(family, item, provider, **said), Decimal(quantity), DAY)


def test_a_petabyte_of_s3_by_steps_and_flat() -> None:
    found = ask("storage", "s3-standard", "aws", PETABYTE, unit="GB")
    assert [found.cost, found.flat_cost] == [21_550, 23_000]
    assert [(part.quantity, part.step.price) for part in found.parts] == [
        (Decimal(50_000), Decimal("0.023")),
        (Decimal(450_000), Decimal("0.022")),
        (Decimal(500_000), Decimal("0.021")),
    ]


def test_a_gib_is_no_gb() -> None:
    """1 PiB is 2^20 GiB: 51,200 x 0.023 + 460,800 x 0.022 + 536,576 x 0.021."""
    assert ask("storage", "s3-standard", "aws", 2**20, unit="GiB").cost == Decimal("22583.296")


def test_the_route_decides_the_price() -> None:
    internet, regions = (ask("egress", route, "aws", 20_000) for route in ("internet", "inter-region"))
    assert internet.parts[0].step.price == Decimal("0.09")
    assert [internet.flat_cost, internet.cost] == [1800, 1750]
    assert regions.parts[0].step.price == Decimal("0.02")
    assert regions.cost == 400


@pytest.mark.parametrize("provider", ["aws", "google", "azure"])
def test_every_route_of_a_cloud_has_a_price(provider: str) -> None:
    assert [route for route in ROUTES if ask("egress", route, provider).cost is None] == []


def test_every_row_has_a_source_and_a_day() -> None:
    prices = list_resources().prices
    assert {p.family for p in prices} == set(FAMILIES)
    assert [p for p in prices if not (p.source and p.as_of and p.recorded_at)] == []
    assert [p for p in prices if max(p.as_of, p.seen) > p.recorded_at] == []
    assert len({(*p.key, p.first) for p in prices}) == len(prices)


def test_every_accelerator_of_the_dictionary_has_a_price() -> None:
    """Parts of a chip and chips of unknown memory count as the chip."""
    folder = Path(rulebook.__file__).parent / "rules"
    known = {p.item for p in list_resources().prices if p.family == "gpu"}
    wanted = set()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            wanted |= {row["gpu_type"] for row in csv.DictReader(stream) if row.get("gpu_type") and "id" in row}
    names = {re.sub(r" \((partial|g7)\)", "", name).lower().replace(" ", "-") for name in wanted}
    assert {n for n in names if not any(item == n or item.startswith(f"{n}-") for item in known)} == UNPRICED


# No price of these was found in what could be read.
UNPRICED = {"a16", "a40", "l40", "rtx-4090"}


def test_a_range_has_no_cost_but_two_ends() -> None:
    found = ask("labour", "ml-engineer", quantity=2)
    assert [found.cost, found.low_cost, found.high_cost] == [None, 292_662, 479_960]
    assert found.reason.startswith("no one price")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        (Wanted("gpu", "h100-80gb"), "several prices; say provider"),
        (Wanted("gpu", "h100-80gb", "runpod"), "several prices; say offer (community, secure)"),
        (Wanted("egress", "internet", "google", unit="GB"), "priced otherwise; known: unit: GiB"),
        (Wanted("egress", "internet", "acme"), "no price of 'internet' (egress) of acme is known"),
    ],
)
def test_what_is_not_known_says_why(wanted: Wanted, told: str) -> None:
    found = list_resources().quote(wanted, Decimal(1), DAY)
    assert found.cost is None
    assert told in found.reason


def test_a_near_name_is_offered() -> None:
    assert ask("gpu", "h100").suggestions[0] == "h100-80gb"


amounts = st.decimals(0, 10**7, places=3)


@given(amounts, amounts)
def test_steps_lose_nothing_and_never_make_more_cheaper(one: Decimal, more: Decimal) -> None:
    (price,) = list_resources().find(Wanted("storage", "s3-standard", "aws", "GB-month"), DAY)
    assert sum(part.quantity for part in parts(price, one)) == one
    assert cost(price, one) <= cost(price, one + more) <= flat_cost(price, one + more)


OWN: dict[str, Any] = {"provider": "aws", "family": "egress", "item": "internet", "unit": "GB", "price": "0.05"}


def workspace(folder: Path, **said: Any) -> Path:
    (folder / "prices").mkdir()
    text = json.dumps({"source": "contract 7", "recorded": "2026-08-20", "resources": [{**OWN, **said}]})
    (folder / "prices" / "aws.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_price_of_the_workspace_comes_first(tmp_path: Path) -> None:
    book = resources_of(workspace(tmp_path, until="2026-11-21"))
    for wanted in (Wanted("egress", "internet", "aws"), Wanted("egress", "internet", "aws", region="us-east-1")):
        found = book.quote(wanted, Decimal(20_000), DAY)
        assert (found.cost, found.price and found.price.source) == (Decimal(1000), "contract 7")
    assert book.quote(Wanted("egress", "internet", "aws"), Decimal(20_000), date(2026, 11, 22)).cost == 1750
    assert book.recorded_at == list_resources().recorded_at


def test_an_own_price_of_labour_needs_no_provider(tmp_path: Path) -> None:
    said = {"provider": "", "family": "labour", "item": "ml-engineer", "unit": "year", "price": "170000"}
    found = resources_of(workspace(tmp_path, **said)).quote(Wanted("labour", "ml-engineer"), Decimal(2), DAY)
    assert found.cost == 340_000


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"item": "moon"}, "unknown route 'moon'"),
        ({"unit": "gb"}, "unknown unit 'gb'"),
        ({"family": "egres"}, "unknown family 'egres'"),
        ({"price": -1}, "greater than or equal to 0"),
        ({"low": 1, "high": 2}, "a row has one price"),
        ({"price": None, "low": 2, "high": 1}, "low 2 is above high 1"),
        ({"price": None, "steps": [{"above": 5, "price": 1}]}, "steps do not rise from 0"),
        ({"from": "2026-02-01", "until": "2026-01-01"}, "is before from"),
    ],
)
def test_what_no_resource_price_can_be_is_refused(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)) as raised:
        resources_of(workspace(tmp_path, **said))
    assert raised.value.code == "E-PRICE-005"


def test_a_newer_row_holds_from_its_first_day(tmp_path: Path) -> None:
    row = {"family": "storage", "item": "disk", "unit": "GB-month", "source": "list", "as_of": "2026-01-01"}
    rows = [{**row, "price": "0.10"}, {**row, "price": "0.08", "from": "2026-06-01"}]
    path = tmp_path / "acme.yaml"
    path.write_text(json.dumps({"provider": "acme", "recorded": "2026-06-02", "resources": rows}), encoding="utf-8")
    book = type(list_resources())(read_vendor(path))
    days = (date(2026, 5, 31), date(2026, 6, 1))
    costs = [book.quote(Wanted("storage", "disk"), Decimal(10), day).cost for day in days]
    assert costs == [1, Decimal("0.8")]
