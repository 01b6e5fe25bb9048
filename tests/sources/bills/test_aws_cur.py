"""AWS reports: the money of the file, what commitments cost, and names across two versions of the format."""

import csv
import gzip
import json
import os
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.ledger.engine import connect
from outlay.ledger.staged import Staged
from outlay.sources.bills import aws_cur
from outlay.sources.source import Sample
from outlay.sources.staging import open_file, stage

StageBill = Callable[..., tuple[DuckDBPyConnection, Staged]]
DATA = Path(__file__).parents[2] / "data" / "aws_cur"
REPORTS = ("legacy.csv", "cur2.csv")
PLAN = "arn:aws:savingsplans::111122223333:savingsplan/5c6d"
RESERVATION = "arn:aws:ec2:us-east-1:111122223333:reserved-instances/0a1b"
MINIMAL = ("line_item_line_item_type", "line_item_unblended_cost", "line_item_usage_start_date")


def charges(stage_bill: StageBill, path: Path, where: str = "true") -> list[dict[str, Any]]:
    connection, staged = stage_bill(path)
    found = connection.execute(f"SELECT * FROM ({staged.charges}) WHERE {where} ORDER BY x_RowId, BilledCost DESC")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def only(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert len(rows) == 1
    return rows[0]


def total(rows: list[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] or Decimal(0) for row in rows), Decimal(0))


def file_total(path: Path, column: str) -> Decimal:
    """The sum of a column of a file, without outlay and without an engine."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as stream:
        return sum((Decimal(row[column] or "0") for row in csv.DictReader(stream)), Decimal(0))


def written(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    rows = list(rows)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def line(kind: str, cost: str, **more: str) -> dict[str, str]:
    values = (kind, cost, "2026-03-02T05:00:00Z", "USD")
    return dict(zip((*MINIMAL, "line_item_currency_code"), values, strict=True)) | more


def sample(*columns: str) -> Sample:
    return Sample(Path("report.csv"), columns, ())


def test_names_alone_tell_a_report_and_its_version() -> None:
    legacy = ("lineItem/LineItemType", "lineItem/UnblendedCost", "lineItem/UsageStartDate")
    assert aws_cur.detect(sample(*legacy, "resourceTags/user:team")) == "legacy"
    assert aws_cur.detect(sample(*MINIMAL, "product_product_name", "resource_tags_user_team")) == "legacy"
    assert aws_cur.detect(sample(*MINIMAL, "product", "resource_tags")) == "2.0"
    assert aws_cur.detect(sample(*MINIMAL, "line_item_iam_principal")) == "2.0"


def test_other_bills_are_no_report() -> None:
    assert (
        aws_cur.detect(sample("BilledCost", "ChargePeriodStart", "BillingPeriodStart", "Tags", "x_Operation")) is None
    )
    assert aws_cur.detect(sample("Date", "CostInBillingCurrency", "ChargeType", "PricingModel", "Tags")) is None


@pytest.mark.parametrize(
    ("report", "cost"), [("legacy.csv", "lineItem/UnblendedCost"), ("cur2.csv", "line_item_unblended_cost")]
)
def test_billed_is_the_unblended_cost_of_the_file(stage_bill: StageBill, report: str, cost: str) -> None:
    rows = charges(stage_bill, DATA / report)
    assert total(rows, "BilledCost") == file_total(DATA / report, cost) == Decimal("264.886040000201")


@pytest.mark.parametrize("report", REPORTS)
def test_nothing_is_wrong_with_a_good_report(stage_bill: StageBill, report: str) -> None:
    _, staged = stage_bill(DATA / report)
    assert (staged.problems, staged.left_out, staged.rows) == ((), 0, 19)


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize(("commitment", "unused"), [(PLAN, "0.3"), (RESERVATION, "29.9999999999")])
def test_used_and_unused_are_what_was_bought(stage_bill: StageBill, report: str, commitment: str, unused: str) -> None:
    rows = charges(stage_bill, DATA / report, f"CommitmentDiscountId = '{commitment}'")
    used = [r for r in rows if r["CommitmentDiscountStatus"] in ("Used", "Unused")]
    bought = [r for r in rows if r["ChargeCategory"] == "Purchase"]
    assert total(used, "EffectiveCost") == total(bought, "BilledCost") > 0
    assert total(used, "BilledCost") == total(bought, "EffectiveCost") == 0
    idle = only([r for r in rows if r["CommitmentDiscountStatus"] == "Unused"])
    assert (idle["EffectiveCost"], idle["ConsumedQuantity"]) == (Decimal(unused), None)
    assert (idle["ChargeCategory"], idle["PricingCategory"]) == ("Usage", "Committed")


@pytest.mark.parametrize("report", REPORTS)
def test_an_unused_row_stands_beside_the_fee_that_it_comes_from(stage_bill: StageBill, report: str) -> None:
    rows = charges(stage_bill, DATA / report, f"CommitmentDiscountId = '{RESERVATION}' AND BilledCost IS NOT NULL")
    assert [r["x_RowId"] for r in rows] == [3, 4, 4]
    assert {r["CommitmentDiscountCategory"] for r in rows} == {"Usage"}
    assert [r["CommitmentDiscountQuantity"] for r in rows] == [4, 5, 1]


def test_what_negations_leave_is_an_adjustment(stage_bill: StageBill) -> None:
    """EC2: 1.0533333333 covered, -1.0533333331 negated; ECS cancels out."""
    rows = charges(stage_bill, DATA / "legacy.csv", f"CommitmentDiscountId = '{PLAN}'")
    left = only([r for r in rows if r["ChargeCategory"] == "Adjustment"])
    assert (left["BilledCost"], left["EffectiveCost"]) == (Decimal("0.0000000002"), 0)
    covered = [r for r in rows if r["CommitmentDiscountStatus"] == "Used"]
    assert [r["ContractedCost"] for r in covered] == [Decimal("1.0533333333"), Decimal("1.5")]


@pytest.mark.parametrize("report", REPORTS)
def test_effective_differs_from_billed_by_what_negations_left(stage_bill: StageBill, report: str) -> None:
    rows = charges(stage_bill, DATA / report)
    assert total(rows, "BilledCost") - total(rows, "EffectiveCost") == Decimal("0.0000000002")


@pytest.mark.parametrize("report", REPORTS)
def test_tax_credit_discount_and_refund(stage_bill: StageBill, report: str) -> None:
    rows = charges(stage_bill, DATA / report, "BilledCost = EffectiveCost AND PricingQuantity IS NULL")
    kinds = {(r["ChargeCategory"], r["ChargeClass"], r["BilledCost"]) for r in rows}
    assert kinds == {
        ("Credit", None, Decimal("-2.50")),
        ("Usage", "Correction", Decimal("-0.75")),
        ("Tax", None, Decimal("12.34")),
        ("Credit", None, Decimal("-0.0402")),
    }


@pytest.mark.parametrize("report", REPORTS)
def test_a_fee_that_commits_to_nothing_is_bought_and_used(stage_bill: StageBill, report: str) -> None:
    rows = charges(stage_bill, DATA / report, "ServiceName LIKE 'AWS Support%'")
    assert [(r["ChargeCategory"], r["BilledCost"], r["EffectiveCost"]) for r in rows] == [
        ("Purchase", 100, 0),
        ("Usage", 0, 100),
    ]


@pytest.mark.parametrize("report", REPORTS)
def test_usage_on_demand(stage_bill: StageBill, report: str) -> None:
    row = charges(stage_bill, DATA / report, "x_RowId = 1")[0]
    assert row["BilledCost"] == row["EffectiveCost"] == row["ListCost"] == row["ContractedCost"] == Decimal("0.8048")
    assert row["ListUnitPrice"] == row["ContractedUnitPrice"] == Decimal("0.8048")
    assert (row["PricingQuantity"], row["ConsumedQuantity"], row["PricingUnit"]) == (1, 1, "Hrs")
    assert (row["SkuId"], row["SkuPriceId"], row["SkuMeter"]) == ("SKUG6", "SKUG6.OD.1", "BoxUsage:g6.xlarge")
    assert json.loads(row["SkuPriceDetails"]) == {"InstanceType": "g6.xlarge", "GpuCount": "1"}
    assert (row["RegionId"], row["AvailabilityZone"], row["ResourceId"]) == ("us-east-1", "us-east-1a", "i-01")
    assert (row["BillingAccountId"], row["SubAccountId"]) == ("111122223333", "444455556666")
    assert (row["ServiceName"], row["ServiceCategory"]) == ("Amazon Elastic Compute Cloud", "Compute")
    assert (row["InvoiceIssuerName"], row["InvoiceId"]) == ("Amazon Web Services, Inc.", "2026031")


@pytest.mark.parametrize("report", REPORTS)
def test_an_unknown_list_price_is_not_zero(stage_bill: StageBill, report: str) -> None:
    row = only(charges(stage_bill, DATA / report, "SkuMeter LIKE 'SpotUsage%'"))
    assert (row["ListCost"], row["BilledCost"], row["PricingCategory"]) == (None, Decimal("0.0312"), "Dynamic")


@pytest.mark.parametrize("report", REPORTS)
def test_a_model_from_the_marketplace_is_the_service(stage_bill: StageBill, report: str) -> None:
    row = only(charges(stage_bill, DATA / report, "SkuMeter LIKE '%InputTokenCount%'"))
    assert row["ServiceName"] == "Claude Sonnet 4 (Amazon Bedrock Edition)"
    assert (row["ServiceCategory"], row["ServiceSubcategory"]) == ("AI and Machine Learning", "Generative AI")
    assert (row["ServiceProviderName"], row["PublisherName"]) == ("Amazon Web Services", "Anthropic, PBC")


def test_tags_have_the_names_that_users_gave_them(stage_bill: StageBill) -> None:
    legacy = [r["Tags"] for r in charges(stage_bill, DATA / "legacy.csv", "x_RowId <= 3")]
    assert [json.loads(t) for t in legacy] == [
        {"team": "search", "aws:createdBy": "IAMUser:ada"},
        {"team": 'search, "core"'},
        {"team": "training"},
    ]


def test_a_table_of_athena_reads_like_the_report(stage_bill: StageBill, tmp_path: Path) -> None:
    names = {"bill_payer_account_id": "1", "resource_tags_user_team": "a", "resource_tags_aws_created_by": "b"}
    row = only(charges(stage_bill, written(tmp_path / "report.csv", [line("Usage", "1", **names)])))
    assert (row["x_SourceVersion"], row["BillingAccountId"]) == ("legacy", "1")
    assert json.loads(row["Tags"]) == {"team": "a", "aws:created_by": "b"}


def test_a_report_in_two_files_adds_up(stage_bill: StageBill, tmp_path: Path) -> None:
    covered = [line("SavingsPlanCoveredUsage", "6"), line("SavingsPlanCoveredUsage", "4")]
    negations = [line("SavingsPlanNegation", "-7"), line("SavingsPlanNegation", "-3")]
    billed = [
        [(r["ChargeCategory"], r["BilledCost"]) for r in charges(stage_bill, written(tmp_path / name, rows))]
        for name, rows in (("1.csv", covered), ("2.csv", negations))
    ]
    assert billed == [[("Usage", 6), ("Usage", 4)], [("Adjustment", -10)]]


def test_tag_maps_are_merged(stage_bill: StageBill) -> None:
    rows = charges(stage_bill, DATA / "cur2.csv")
    tags = [json.loads(r["Tags"]) for r in rows if r["Tags"]]
    assert tags[0] == {"team": "search", "aws:created_by": "IAMUser:ada"}
    assert tags[1] == {"team": 'search, "core"'}
    assert tags[-1] == {"team": "search", "iamPrincipal/owner": "ada"}


def test_tags_that_are_no_json_are_told(stage_bill: StageBill, tmp_path: Path) -> None:
    rows = [line("Usage", "1", resource_tags=t) for t in ('{"user_team":"a"}', "team=a", "")]
    connection, staged = stage_bill(written(tmp_path / "report.csv", rows))
    assert [(p.code, p.column, p.line, p.value) for p in staged.problems] == [("E-ROW-005", "Tags", 3, "team=a")]
    assert connection.execute(f"SELECT Tags FROM ({staged.charges})").fetchall() == [
        ('{"team":"a"}',),
        (None,),
        (None,),
    ]


def test_the_caller_of_bedrock_is_kept(stage_bill: StageBill) -> None:
    row = only(charges(stage_bill, DATA / "cur2.csv", "SkuMeter LIKE '%output-tokens'"))
    extra = json.loads(row["x_Extra"])
    assert extra["line_item_iam_principal"] == "arn:aws:iam::444455556666:user/ada"
    assert extra["line_item_operation"] == "InvokeModelInference"
    assert (row["BillingAccountName"], row["SubAccountName"]) == ("Example Corp", "Prod")


@pytest.mark.parametrize("report", REPORTS)
def test_periods_end_where_the_next_begins(stage_bill: StageBill, report: str) -> None:
    rows = charges(stage_bill, DATA / report)
    ends = {f"{r['ChargePeriodEnd']:%m-%dT%H:%M:%S}" for r in rows}
    assert ends == {"03-02T06:00:00", "03-02T07:00:00", "04-01T00:00:00", "03-01T00:00:00"}
    assert {f"{r['BillingPeriodStart']:%Y-%m-%d} {r['BillingPeriodEnd']:%Y-%m-%d}" for r in rows} == {
        "2026-03-01 2026-04-01"
    }


def test_the_report_with_the_fewest_columns(stage_bill: StageBill, tmp_path: Path) -> None:
    path = written(tmp_path / "report.csv", [line("Usage", "1.5"), line("", "2"), line("RIFee", "3"), line("Tax", "x")])
    rows = charges(stage_bill, path)
    assert [(r["ChargeCategory"], r["BilledCost"]) for r in rows] == [
        ("Usage", Decimal("1.5")),
        ("Adjustment", 2),
        ("Purchase", 3),
    ]
    assert [(p.code, p.line) for p in stage_bill(path)[1].problems if p.column == "BilledCost"][:1] == [
        ("E-ROW-002", 5)
    ]


def test_net_costs_are_billed_where_the_report_has_them(stage_bill: StageBill) -> None:
    """A discount line without a net cost is 0, a tax without one is its unblended cost."""
    rows = charges(stage_bill, DATA / "net.csv")
    assert [r["BilledCost"] for r in rows] == [9, 0, 2, Decimal("3.6"), 0, 0]
    assert [r["EffectiveCost"] for r in rows] == [9, 0, 2, 0, 0, Decimal("3.6")]
    assert total(rows, "BilledCost") == file_total(DATA / "net.csv", "line_item_unblended_cost")
    assert json.loads(rows[0]["x_Extra"])["line_item_unblended_cost"] == "10.00"


def test_a_net_column_without_a_value_counts_for_nothing(stage_bill: StageBill, tmp_path: Path) -> None:
    rows = [
        line("Usage", "10", line_item_net_unblended_cost=""),
        line("EdpDiscount", "-1", line_item_net_unblended_cost=""),
    ]
    assert total(charges(stage_bill, written(tmp_path / "report.csv", rows)), "BilledCost") == 9


def test_an_unused_amount_that_is_no_number_is_told(stage_bill: StageBill, tmp_path: Path) -> None:
    path = written(tmp_path / "report.csv", [line("RIFee", "3", reservation_unused_recurring_fee="much")])
    problems = stage_bill(path)[1].problems
    assert [(p.code, p.column, p.value) for p in problems if p.column == "EffectiveCost"] == [
        ("E-ROW-002", "EffectiveCost", "0 + much")
    ]


def test_maps_and_doubles_of_parquet(stage_bill: StageBill, tmp_path: Path) -> None:
    """The same report as Data Exports writes it to Parquet: maps, doubles, timestamps, empty text."""
    path = tmp_path / "report.parquet"
    maps = ", ".join(f"CAST({m} AS JSON)::MAP(VARCHAR, VARCHAR) AS {m}" for m in ("product", "resource_tags", "tags"))
    doubles = "CAST(line_item_unblended_cost AS DOUBLE) AS line_item_unblended_cost"
    times = "CAST(line_item_usage_start_date AS TIMESTAMP) AS line_item_usage_start_date"
    empty = "coalesce(line_item_resource_id, '') AS line_item_resource_id"
    with connect() as connection:
        report = f"read_csv('{DATA / 'cur2.csv'}', all_varchar=true)"
        source = f"SELECT * REPLACE ({maps}, {doubles}, {times}, {empty}) FROM {report}"
        connection.execute(f"COPY ({source}) TO '{path}' (FORMAT parquet)")
    rows, text = charges(stage_bill, path), charges(stage_bill, DATA / "cur2.csv")
    drop = ("x_FileId", "x_Extra")
    assert [{k: v for k, v in r.items() if k not in drop} for r in rows] == [
        {k: v for k, v in r.items() if k not in drop} for r in text
    ]


COSTS = st.decimals(min_value=-1000, max_value=1000, places=20, allow_nan=False, allow_infinity=False)
KINDS = st.sampled_from(["SavingsPlanCoveredUsage", "SavingsPlanNegation", "Usage", "Credit", "Fee"])
LINES = st.lists(st.tuples(KINDS, COSTS, st.sampled_from(["sp-1", "sp-2", ""])), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(LINES)
def test_no_line_is_billed_twice_or_lost(lines: list[tuple[str, Decimal, str]]) -> None:
    """Whatever cancels out or does not, the ledger bills what the file sums to."""
    rows = [line(kind, str(cost), savings_plan_savings_plan_a_r_n=plan) for kind, cost, plan in lines]
    with TemporaryDirectory() as folder, connect() as connection:
        path = written(Path(folder) / "report.csv", rows)
        staged = stage(open_file(path, connection), connection, Path(folder))
        sums = f"SELECT coalesce(sum(BilledCost), 0), coalesce(sum(_r_BilledCost), 0) FROM ({staged.charges})"
        billed, rounding = connection.execute(sums).fetchall()[0]
    assert billed + rounding == sum((cost for _, cost, _ in lines), Decimal(0))


def test_a_public_report_adds_up(stage_bill: StageBill) -> None:
    folder = os.environ.get("OUTLAY_SAMPLE_DATA")
    if not folder:
        pytest.skip("OUTLAY_SAMPLE_DATA is not set: the public AWS report was not read")
    path = Path(folder) / "focus" / "aws_cur_legacy_anonymised_1281.csv.gz"
    rows = charges(stage_bill, path)
    assert total(rows, "BilledCost") == file_total(path, "lineItem/UnblendedCost") == Decimal("1.6823086974")
    assert len(rows) == 1281
