"""The book itself: dated, without two prices of one moment, and corrected where it was wrong."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from outlay.model.problem import InputError
from outlay.prices.book import Book, list_prices
from outlay.prices.check import findings
from outlay.prices.corrections import Corrections, corrected, read_corrections
from outlay.prices.names import ModelName, Names
from outlay.prices.price import Price
from outlay.prices.registry import TIERS, UNITS

USUAL = Price("acme", "m", "input", 10**6, "standard", 0, "", "", "", "", Decimal(4), "2026-11-21", "test")
SAID = {"recorded": "2026-11-21"}
SOURCE = {"provider": "acme", "source": "test"}


def book(*prices: Price) -> Book:
    return Book(prices, Names([ModelName("acme", "m", "m")]))


def codes(*prices: Price) -> list[str]:
    return [d.code for d in findings(book(*prices))]


def spans(prices: list[Price]) -> list[tuple[str, str, str, Decimal]]:
    return sorted((p.tier, p.first, p.until, p.price) for p in prices)


def test_no_moment_has_two_prices() -> None:
    assert [d for d in findings(list_prices()) if d.code in ("W-PRICE-011", "W-PRICE-012", "W-PRICE-013")] == []


def test_many_models_have_several_dated_prices() -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for p in list_prices().prices:
        if (p.unit, p.tier) == ("input", "standard"):
            found.setdefault((p.provider, p.model), set()).add(p.first)
    assert sum(len(days) > 1 for days in found.values()) >= 20


def test_a_price_id_is_one_price() -> None:
    prices = list_prices().prices
    assert len({p.id for p in prices}) == len(prices)


def test_a_history_takes_the_place_of_its_days() -> None:
    said = {**SOURCE, "model": "m", "from": "2025-03-01", "until": "2025-06-01", "prices": {"input": "9"}}
    found = corrected([USUAL], Corrections.model_validate({**SAID, "histories": [said]}))
    assert spans(found) == [
        ("standard", "", "2025-03-01", Decimal(4)),
        ("standard", "2025-03-01", "2025-06-01", Decimal(9)),
        ("standard", "2025-06-01", "", Decimal(4)),
    ]


def test_a_history_without_an_end_ends_where_a_newer_price_begins() -> None:
    newer = replace(USUAL, first="2027-01-01", recorded_at="2027-01-02", price=Decimal(3))
    said = {**SOURCE, "model": "m", "from": "2025-03-01", "prices": {"input": "9"}}
    found = corrected(
        [replace(USUAL, until="2027-01-01"), newer], Corrections.model_validate({**SAID, "histories": [said]})
    )
    assert spans(found) == [
        ("standard", "", "2025-03-01", Decimal(4)),
        ("standard", "2025-03-01", "2027-01-01", Decimal(9)),
        ("standard", "2027-01-01", "", Decimal(3)),
    ]


def test_an_earlier_tier_keeps_its_ratio_to_the_price_of_each_day() -> None:
    prices = [
        replace(USUAL, first="2024-05-01", until="2025-01-01", price=Decimal(10)),
        replace(USUAL, first="2025-01-01"),
        replace(USUAL, tier="batch", first="2026-10-14", price=Decimal(2)),
    ]
    said = {**SOURCE, "tier": "batch", "from": "2024-08-01"}
    found = corrected(prices, Corrections.model_validate({**SAID, "earlier": [said]}))
    assert [s for s in spans(found) if s[0] == "batch"] == [
        ("batch", "2024-08-01", "2025-01-01", Decimal(5)),
        ("batch", "2025-01-01", "2026-10-14", Decimal(2)),
        ("batch", "2026-10-14", "", Decimal(2)),
    ]


def test_a_tier_that_was_always_there_is_left_alone() -> None:
    always = replace(USUAL, tier="batch", price=Decimal(2))
    said = {**SOURCE, "tier": "batch", "from": "2024-08-01"}
    found = corrected([USUAL, always], Corrections.model_validate({**SAID, "earlier": [said]}))
    assert found == [USUAL, always]


def test_before_its_launch_a_model_has_no_price() -> None:
    said = {**SOURCE, "models": {"m": "2025-04-16"}}
    (found,) = corrected([USUAL], Corrections.model_validate({**SAID, "launches": [said]}))
    assert not found.holds(datetime(2025, 4, 15, 23, 59, tzinfo=UTC))
    assert found.holds(datetime(2025, 4, 16, tzinfo=UTC))


@pytest.mark.parametrize(
    ("prices", "found"),
    [
        ([USUAL], []),
        ([USUAL, replace(USUAL, price=Decimal(5))], ["W-PRICE-011"]),
        ([replace(USUAL, until="2025-01-01"), replace(USUAL, first="2025-02-01")], ["W-PRICE-012"]),
        ([replace(USUAL, until="2025-01-01"), replace(USUAL, first="2025-01-01", per=1000)], ["W-PRICE-013"]),
        (
            [USUAL, replace(USUAL, first="2025-01-01", until="2025-02-01"), replace(USUAL, first="2025-03-01")],
            ["W-PRICE-011", "W-PRICE-011"],
        ),
        ([USUAL, replace(USUAL, weekdays="67", daily_from="12:00")], ["W-PRICE-011"]),
        ([replace(USUAL, weekdays="12345"), replace(USUAL, weekdays="67")], []),
        ([USUAL, replace(USUAL, unit="cache_read", price=Decimal(5))], ["W-PRICE-014"]),
        ([USUAL, replace(USUAL, unit="cache_read", price=Decimal(4))], []),
        ([replace(USUAL, daily_from="00:00", daily_until="12:00"), replace(USUAL, daily_from="12:00")], []),
    ],
)
def test_each_finding_has_a_price_that_raises_it_alone(prices: list[Price], found: list[str]) -> None:
    assert codes(*prices) == found


def test_a_dated_name_comes_before_one_that_always_held() -> None:
    names = Names([ModelName("acme", "m", "new"), ModelName("acme", "m", "old", "2024-01-01", "2025-01-01")])
    assert names.model("acme", "M", "2024-06-01") == ("acme", "old")
    assert names.model("acme", "models/acme/m", "2025-06-01") == ("acme", "new")
    assert names.model("acme", "eu/m", "2025-06-01") is None
    assert names.model("acme", "m2", "2025-06-01") is None


def test_a_wrong_key_in_a_file_of_corrections_is_told_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "corrections.yaml"
    path.write_text("recorded: 2026-11-21\nhistory: []\n", encoding="utf-8")
    with pytest.raises(InputError, match="unknown key 'history'") as raised:
        read_corrections(path)
    assert raised.value.place == f"{path}:2:1"


def test_a_price_of_some_days_of_the_week_has_an_id_of_its_own() -> None:
    assert USUAL.id == "33337a54545e"
    assert replace(USUAL, weekdays="67").id != USUAL.id


def test_the_table_knows_no_unit_or_tier_that_files_may_not_name() -> None:
    prices = list_prices().prices
    assert {p.unit for p in prices} <= set(UNITS)
    assert {p.tier for p in prices} <= set(TIERS)


def test_corrections_may_be_of_some_days_of_the_week() -> None:
    said = {**SOURCE, "model": "m", "from": "2025-03-01", "weekdays": "67", "prices": {"input": "2"}}
    rest = {**said, "weekdays": "12345", "prices": {"input": "4"}}
    found = book(*corrected([USUAL], Corrections.model_validate({**SAID, "histories": [said, rest]})))
    days = [found.at("acme", "m", datetime(2025, 3, day, 12, tzinfo=UTC), "standard", 0) for day in (1, 3)]
    assert [prices["input"].price for prices in days] == [2, 4]
