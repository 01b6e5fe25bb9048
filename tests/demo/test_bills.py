"""The bills of the demo company obey the rules of FOCUS that outlay relies on."""

import csv
import gzip
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from outlay.model.charge import columns_of

Bills = duckdb.DuckDBPyConnection


def count(bills: Bills, where: str) -> int:
    ((found,),) = bills.execute(f"SELECT count(*) FROM bills WHERE {where}").fetchall()
    return int(found)


def test_each_file_has_exactly_the_columns_of_its_version(company: Path, bills: Bills) -> None:
    for path in (company / "bills").glob("*.csv.gz"):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as text:
            assert next(csv.reader(text)) == [c.name for c in columns_of("1.2")]
    for path in (company / "bills").glob("*.parquet"):
        found = bills.execute(f"DESCRIBE FROM '{path}'").fetchall()
        kinds = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
        assert [(r[0], r[1]) for r in found] == [(c.name, kinds.get(c.sql_type, c.sql_type)) for c in columns_of("1.3")]


def test_columns_that_may_not_be_null_are_filled(bills: Bills) -> None:
    for version, files in (("1.2", "NOT file LIKE 'gcp%'"), ("1.3", "file LIKE 'gcp%'")):
        for column in columns_of(version):
            if not column.nullable:
                assert count(bills, f'{files} AND ("{column.name}" IS NULL)') == 0, column.name


@pytest.mark.parametrize(("price", "cost"), [("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")])
def test_price_times_quantity_is_the_cost(bills: Bills, price: str, cost: str) -> None:
    assert count(bills, f"{price} IS NOT NULL AND {price} * PricingQuantity <> {cost}") == 0
    assert count(bills, f"{price} IS NULL AND ChargeCategory IN ('Usage', 'Purchase') AND ChargeClass IS NULL") == 0


def test_used_and_unused_parts_of_a_commitment_add_up_to_its_purchases(bills: Bills) -> None:
    found = bills.execute(
        "SELECT CommitmentDiscountId, left(BillingPeriodStart, 7),"
        " sum(BilledCost) FILTER (ChargeCategory = 'Purchase'),"
        " sum(EffectiveCost) FILTER (ChargeCategory = 'Usage'),"
        " sum(EffectiveCost) FILTER (CommitmentDiscountStatus = 'Unused')"
        " FROM bills WHERE CommitmentDiscountId IS NOT NULL GROUP BY ALL"
    ).fetchall()
    assert len(found) == 12
    for _, _, purchased, accrued, unused in found:
        assert purchased == accrued
        assert 0 < unused < purchased / 4


def test_purchases_accrue_nothing_and_covered_usage_bills_nothing(bills: Bills) -> None:
    assert count(bills, "ChargeCategory = 'Purchase' AND EffectiveCost <> 0") == 0
    assert count(bills, "CommitmentDiscountStatus IS NOT NULL AND BilledCost <> 0") == 0
    assert count(bills, "CommitmentDiscountStatus = 'Unused' AND ConsumedQuantity IS NOT NULL") == 0
    assert count(bills, "CommitmentDiscountStatus = 'Used' AND PricingCategory <> 'Committed'") == 0


def test_taxes_credits_and_corrections_have_no_sku(bills: Bills) -> None:
    assert count(bills, "ChargeCategory = 'Tax'") == 12
    assert count(bills, "ChargeCategory = 'Credit' AND BilledCost < 0 AND BilledCost = EffectiveCost") == 4
    assert count(bills, "ChargeClass = 'Correction' AND ChargePeriodStart < BillingPeriodStart") == 1
    odd = "(ChargeCategory IN ('Tax', 'Credit', 'Adjustment') OR ChargeClass = 'Correction')"
    assert count(bills, f"{odd} AND coalesce(SkuId, SkuPriceId, PricingCategory, PricingUnit) IS NOT NULL") == 0


def test_periods_lie_inside_their_invoice(bills: Bills) -> None:
    assert count(bills, "ChargePeriodEnd <= ChargePeriodStart") == 0
    outside = "(ChargePeriodStart < BillingPeriodStart OR ChargePeriodEnd > BillingPeriodEnd)"
    assert count(bills, f"{outside} AND ChargeClass IS NULL") == 0
    stamps = "NOT regexp_full_match(ChargePeriodStart, '2026-[0-9]{2}-[0-9]{2}T[0-9]{2}:00:00Z')"
    assert count(bills, f"file LIKE '%.csv.gz' AND {stamps}") == 0


def test_numbers_are_plain_decimals_with_a_point(bills: Bills) -> None:
    for column in (c.name for c in columns_of("1.2") if c.kind in ("money", "price", "quantity")):
        odd = f"NOT regexp_full_match({column}, '-?[0-9]+[.][0-9]+')"
        query = f"SELECT count(*) FROM raw WHERE filename LIKE '%.csv.gz' AND {odd}"
        assert bills.execute(query).fetchall() == [(0,)], column


def test_a_service_has_one_category_and_its_issuer_is_its_provider(bills: Bills) -> None:
    kinds = "count(DISTINCT (ServiceCategory, ServiceSubcategory))"
    query = f"SELECT ServiceName FROM bills GROUP BY 1 HAVING {kinds} > 1"
    assert bills.execute(query).fetchall() == []
    assert count(bills, "ProviderName <> InvoiceIssuerName OR BillingCurrency <> 'USD'") == 0


def test_tags_are_flat_json_with_the_dirt_of_real_bills(bills: Bills) -> None:
    found = bills.execute("SELECT DISTINCT Tags FROM bills WHERE Tags IS NOT NULL").fetchall()
    tags = [json.loads(text) for (text,) in found]
    assert all(isinstance(value, str) for pairs in tags for value in pairs.values())
    keys = {key for pairs in tags for key in pairs}
    assert {"team", "Team", " team", "owner", "env", "Env", "environment", "Environment"} <= keys
    assert "serach" in {pairs.get("team") for pairs in tags}


def test_between_15_and_25_percent_of_the_cloud_cost_names_no_team(bills: Bills) -> None:
    owned = """regexp_matches(coalesce(Tags, ''), '"( ?team|Team|owner)"')"""
    ((missing, all_cost),) = bills.execute(
        f"SELECT sum(EffectiveCost) FILTER (NOT {owned}), sum(EffectiveCost) FROM bills"
        " WHERE regexp_matches(file, '^(aws|gcp)')"
    ).fetchall()
    assert Decimal("0.15") <= missing / all_cost <= Decimal("0.25")


def test_spot_is_below_list_and_moves(bills: Bills) -> None:
    spot = "PricingCategory = 'Dynamic'"
    assert count(bills, spot) > 1000
    assert count(bills, f"{spot} AND ContractedUnitPrice * 2 > ListUnitPrice") == 0
    query = f"SELECT count(DISTINCT ContractedUnitPrice) FROM bills WHERE {spot}"
    assert bills.execute(query).fetchall()[0][0] > 30


def test_split_nodes_add_up_and_say_what_was_idle(bills: Bills) -> None:
    found = bills.execute(
        "SELECT sum((AllocatedMethodDetails::JSON -> 'Elements' -> 0 ->> 'AllocatedRatio')::DECIMAL(9,3)),"
        " count(*) FILTER (AllocatedResourceId IS NULL), count(DISTINCT PricingQuantity > 0)"
        " FROM bills WHERE AllocatedMethodId IS NOT NULL GROUP BY ResourceId, SkuId, ChargePeriodStart"
    ).fetchall()
    assert len(found) > 1000
    assert set(found) == {(Decimal("1.000"), 1, 1)}
