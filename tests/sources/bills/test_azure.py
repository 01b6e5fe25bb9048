"""Azure exports: totals to the last digit, the pair of actual and amortised, dates, units and dirt."""

import csv
import gzip
import io
import os
from collections.abc import Callable
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from outlay.ledger.engine import connect
from outlay.ledger.staged import Staged
from outlay.sources.bills import azure
from outlay.sources.bills.azure_survey import counts_blocks
from outlay.sources.bills.azure_tables import unit
from outlay.sources.source import Sample
from outlay.sources.staging import open_file

Stage = Callable[..., tuple[Any, Staged]]
DATA = Path(__file__).parents[2] / "data" / "azure"
REAL = Path(os.environ.get("OUTLAY_SAMPLE_DATA", "")) / "focus"
real = pytest.mark.skipif("OUTLAY_SAMPLE_DATA" not in os.environ, reason="OUTLAY_SAMPLE_DATA is not set")
FOCUS = sorted([*REAL.glob("focus_ai*.*"), *REAL.glob("focus10*.gz")])
COSTS = ("costinbillingcurrency", "kosten (costinbillingcurrency)", "pretaxcost", "cost")
RESERVATION, PLAN = "aaaa0000-0000-4000-8000-000000000001", "bbbb0000-0000-4000-8000-000000000002"


def rows_of(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return [{k.lower(): v for k, v in row.items()} for row in rows]


def invoiced(path: Path) -> Decimal:
    """The sum of the cost column, by other means than ours."""
    with localcontext() as context:
        context.prec = 60
        found = rows_of(path)
        column = next(c for c in COSTS if c in found[0])
        return sum((Decimal(row[column]) for row in found), Decimal(0))


def charges(stage_bill: Stage, path: Path, what: str, where: str = "true", **options: Any) -> list[tuple[Any, ...]]:
    connection, staged = stage_bill(path, **options)
    query = f"SELECT {what} FROM ({staged.charges}) WHERE {where} ORDER BY x_RowId"
    return list(connection.execute(query).fetchall())


def total(stage_bill: Stage, path: Path, column: str = "BilledCost", **options: Any) -> Decimal:
    connection, staged = stage_bill(path, **options)
    query = f'SELECT sum({column}), sum("_r_{column}") FROM ({staged.charges})'
    value, rounding = connection.execute(query).fetchall()[0]
    with localcontext() as context:
        context.prec = 60
        return Decimal(value) + Decimal(rounding)


PLAIN = ["ea_plain", "mca_day_first", "payg_iso", "payg_ambiguous", "ea_german"]


@pytest.mark.parametrize("name", [*PLAIN, "pair_a"])
def test_billed_cost_is_the_cost_of_the_file(stage_bill: Stage, name: str) -> None:
    path = DATA / f"{name}.csv"
    assert total(stage_bill, path) == invoiced(path)


@pytest.mark.parametrize("name", [*PLAIN, "pair_a", "pair_b"])
def test_effective_cost_is_the_cost_of_the_file(stage_bill: Stage, name: str) -> None:
    path = DATA / f"{name}.csv"
    assert total(stage_bill, path, "EffectiveCost") == invoiced(path)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("ea_plain", "ea-actual"),
        ("pair_a", "ea-actual"),
        ("pair_b", "ea-amortised"),
        ("mca_day_first", "mca-actual"),
        ("payg_iso", "payg-actual"),
        ("ea_german", "ea-actual"),
    ],
)
def test_the_agreement_and_the_basis_are_told(stage_bill: Stage, name: str, version: str) -> None:
    _, staged = stage_bill(DATA / f"{name}.csv")
    assert (staged.source, staged.version) == ("azure", version)


@pytest.mark.parametrize(
    "columns",
    [
        ("BilledCost", "ChargePeriodStart", "BillingPeriodStart", "SubAccountId", "x_SkuMeterCategory"),
        ("lineItem/UsageStartDate", "lineItem/UnblendedCost", "bill/PayerAccountId", "product/region"),
        ("line_item_usage_start_date", "line_item_unblended_cost", "product_servicecode"),
        ("Date", "Cost", "Currency", "Service"),
    ],
)
def test_other_formats_are_not_azure(columns: tuple[str, ...]) -> None:
    assert azure.SOURCE.detect(Sample(Path("x.csv"), columns, ())) is None


def peers_of(*names: str) -> frozenset[str]:
    connection = connect()
    return frozenset(open_file(DATA / f"{name}.csv", connection).version for name in names)


def test_a_pair_counts_every_charge_once(stage_bill: Stage) -> None:
    peers = peers_of("pair_a", "pair_b")
    actual = total(stage_bill, DATA / "pair_a.csv", peers=peers)
    amortised = total(stage_bill, DATA / "pair_b.csv", peers=peers)
    assert actual + amortised == invoiced(DATA / "pair_a.csv")
    assert total(stage_bill, DATA / "pair_a.csv", "EffectiveCost", peers=peers) == 0
    assert total(stage_bill, DATA / "pair_b.csv", "EffectiveCost", peers=peers) == invoiced(DATA / "pair_b.csv")


@pytest.mark.parametrize("label", ["ea-amortised", "spans"])
def test_of_the_actual_export_only_commitment_purchases_stay(stage_bill: Stage, label: str) -> None:
    peers = peers_of("pair_b") if label == "spans" else frozenset({label})
    kept = charges(stage_bill, DATA / "pair_a.csv", "x_RowId, ChargeCategory, ChargeClass", peers=peers)
    assert kept == [(7, "Purchase", None), (8, "Purchase", "Correction"), (9, "Purchase", None)]


@pytest.mark.parametrize(("commitment", "billed"), [(RESERVATION, "60.00"), (PLAN, "10.123456789012")])
def test_what_a_commitment_cost_is_what_its_usage_is_charged(stage_bill: Stage, commitment: str, billed: str) -> None:
    peers = peers_of("pair_a", "pair_b")
    mine = f"CommitmentDiscountId = '{commitment}'"
    bought = charges(stage_bill, DATA / "pair_a.csv", "BilledCost", mine, peers=peers)
    used = charges(stage_bill, DATA / "pair_b.csv", "EffectiveCost, BilledCost", mine, peers=peers)
    assert sum(row[0] for row in bought) == sum(row[0] for row in used) == Decimal(billed)
    assert sum(row[1] for row in used) == 0


def test_unused_commitments_are_usage_that_nobody_consumed(stage_bill: Stage) -> None:
    what = "ChargeCategory, CommitmentDiscountType, CommitmentDiscountCategory, ConsumedQuantity, PricingCategory"
    found = charges(stage_bill, DATA / "pair_b.csv", what, "CommitmentDiscountStatus = 'Unused'")
    assert found == [
        ("Usage", "Reservation", "Usage", None, "Committed"),
        ("Usage", "Savings Plan", "Spend", None, "Committed"),
    ]


def test_an_actual_export_alone_keeps_the_money_on_the_purchase(stage_bill: Stage) -> None:
    _, staged = stage_bill(DATA / "pair_a.csv")
    assert any("purchases count in full" in note for note in staged.notes)
    covered = charges(stage_bill, DATA / "pair_a.csv", "EffectiveCost", "CommitmentDiscountStatus = 'Used'")
    assert covered == [(None,)] * 3


def test_an_amortised_export_alone_says_what_it_lacks(stage_bill: Stage) -> None:
    _, staged = stage_bill(DATA / "pair_b.csv")
    assert any("invoiced in the actual export" in note for note in staged.notes)


def test_days_that_no_amortised_export_covers_stay_whole(stage_bill: Stage) -> None:
    other = frozenset({"ea-amortised 8800001@2023-11-01..2023-11-30,999@2023-10-01..2023-10-31"})
    assert total(stage_bill, DATA / "pair_a.csv", peers=other) == invoiced(DATA / "pair_a.csv")
    one_day = frozenset({"ea-amortised 8800001@2023-10-01..2023-10-01"})
    kept = charges(stage_bill, DATA / "pair_a.csv", "x_RowId", peers=one_day)
    assert [row[0] for row in kept] == [2, 3, 5, 6, 7, 8, 9]


def test_a_part_without_commitments_beside_an_amortised_export_is_kept(stage_bill: Stage) -> None:
    peers = frozenset({"ea-amortised 8800001@2023-09-01..2023-09-30"})
    assert total(stage_bill, DATA / "ea_plain.csv", peers=peers) == invoiced(DATA / "ea_plain.csv")
    with_actual = peers | {"ea-actual 8800001@2023-09-01..2023-09-30"}
    assert charges(stage_bill, DATA / "ea_plain.csv", "x_RowId", peers=with_actual) == []


def test_charge_types_become_categories(stage_bill: Stage) -> None:
    what = "ChargeCategory, ChargeClass, ServiceProviderName, InvoiceIssuerName"
    assert charges(stage_bill, DATA / "ea_plain.csv", what, "x_RowId > 5") == [
        ("Purchase", None, "Example Vectors", "Microsoft"),
        ("Adjustment", "Correction", "Microsoft", "Microsoft"),
        ("Adjustment", None, "Microsoft", "Microsoft"),
        ("Tax", None, "Microsoft", "Microsoft"),
    ]


def test_quantities_and_prices_agree_with_the_unit_of_measure(stage_bill: Stage) -> None:
    """Row 2 counts blocks of 1K tokens, row 3 single hours priced by 100; 60 has no exact reciprocal."""
    what = "ConsumedQuantity, ConsumedUnit, PricingQuantity, PricingUnit, ListCost, ContractedCost"
    found = charges(stage_bill, DATA / "ea_plain.csv", what, "x_RowId IN (1, 2, 3, 5)")
    d = Decimal
    assert found == [
        (d("12.5"), "Hours", d("12.5"), "Hours", d("51.25"), d("48.75")),
        (d(1250500), "Units", d("1250.5"), "1000 Units", d("6.2525"), d("5.002")),
        (d(24), "Hours", d("0.24"), "100 Hours", d("0.6"), d("0.6")),
        (d(90), "Minutes", None, "60 Minutes", None, None),
    ]


def test_services_and_resources_are_named(stage_bill: Stage) -> None:
    what = "ServiceName, ServiceCategory, ResourceType, RegionId, ResourceName"
    found = charges(stage_bill, DATA / "ea_plain.csv", what, "x_RowId IN (1, 2, 5)")
    assert found == [
        ("Virtual Machines", "Compute", "microsoft.compute/virtualmachines", "westeurope", "train-1"),
        ("Azure AI Services", "AI and Machine Learning", "microsoft.cognitiveservices/accounts", "westeurope", "oai"),
        ("Some New Thing", "Other", None, "westeurope", None),
    ]


def test_machine_types_and_tags_are_read_without_their_braces(stage_bill: Stage) -> None:
    what = "Tags->>'team', SkuPriceDetails->>'InstanceType', SkuPriceDetails->>'CoreCount', x_CostCentre"
    found = charges(stage_bill, DATA / "ea_plain.csv", what, "x_RowId < 3")
    assert found == [("search", "Standard_NC24ads_A100_v4", "24", "CC-77"), ("assist", None, None, "CC-77")]


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("ea_german", ["2023-09-04", "2023-09-14"]),
        ("mca_day_first", ["2023-10-02", "2023-10-25"]),
        ("payg_iso", ["2021-02-01", "2021-02-02"]),
        ("payg_ambiguous", ["2021-02-03", "2021-04-05"]),
    ],
)
def test_every_date_style_is_read(stage_bill: Stage, name: str, days: list[str]) -> None:
    what = "strftime(ChargePeriodStart, '%Y-%m-%d'), ChargePeriodEnd - ChargePeriodStart = INTERVAL 1 DAY"
    assert charges(stage_bill, DATA / f"{name}.csv", what) == [(day, True) for day in days]


def test_dates_that_nothing_decides_are_noted(stage_bill: Stage) -> None:
    assert any("month first" in note for note in stage_bill(DATA / "payg_ambiguous.csv")[1].notes)
    assert stage_bill(DATA / "ea_plain.csv")[1].notes == ()


def test_billing_periods_end_the_day_after(stage_bill: Stage) -> None:
    what = "DISTINCT strftime(BillingPeriodStart, '%Y-%m-%d'), strftime(BillingPeriodEnd, '%Y-%m-%d'), 1 AS x_RowId"
    for name, start, end in (("ea_plain", "2023-09-01", "2023-10-01"), ("mca_day_first", "2023-10-01", "2023-11-01")):
        assert charges(stage_bill, DATA / f"{name}.csv", what) == [(start, end, 1)]


def test_prices_in_another_currency_make_no_cost(stage_bill: Stage) -> None:
    what = "BillingCurrency, PricingCurrency, ListCost, ContractedCost, PricingCurrencyListUnitPrice"
    d = Decimal
    assert charges(stage_bill, DATA / "mca_day_first.csv", what) == [
        ("EUR", "USD", d("23.25"), None, d("2.5")),
        ("EUR", "EUR", d("2.5"), d(2), d("2.5")),
    ]


def test_german_headers_are_known_by_their_english_name(stage_bill: Stage) -> None:
    what = "BillingCurrency, BillingAccountId, ConsumedQuantity, ServiceName, Tags"
    found = charges(stage_bill, DATA / "ea_german.csv", what)
    assert found[0] == ("EUR", "8800002", 5, "Storage Accounts", '{"kostenstelle": "77"}')
    problems = stage_bill(DATA / "ea_german.csv")[1].problems
    assert [(p.code, p.line, p.column) for p in problems] == [("E-ROW-005", 3, "Tags")]


def test_broken_lines_are_passed_over_and_told(stage_bill: Stage, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    head = "SubscriptionId,Date,MeterCategory,Cost,Currency\n"
    path.write_text(head + "s,13/02/2023,VM,1.5,usd\ns,14/02/2023\ns,99/02/2023,VM,2,USD\ns,15/02/2023,VM,x,USD\n")
    _, staged = stage_bill(path)
    assert (staged.rows, staged.left_out) == (1, 3)
    assert {(p.code, p.line) for p in staged.problems} >= {("E-ROW-001", 3), ("E-ROW-004", 4), ("E-ROW-002", 5)}


def test_parquet_exports_are_read_like_text(stage_bill: Stage, tmp_path: Path) -> None:
    path = tmp_path / "export.parquet"
    source = f"read_csv('{DATA / 'payg_iso.csv'}')"
    connect().execute(f"COPY (SELECT * FROM {source}) TO '{path}' (FORMAT parquet)")
    assert total(stage_bill, path) == invoiced(DATA / "payg_iso.csv")
    days = charges(stage_bill, path, "strftime(ChargePeriodStart, '%Y-%m-%d')")
    assert days == [("2021-02-01",), ("2021-02-02",)]


def test_units_outside_the_table_are_read_by_their_number() -> None:
    """`ratio` is ln(price x quantity / cost): 0 when quantities count blocks."""
    known = unit("1M Tokens", 0.0)
    assert known is not None
    assert (known.block, known.name, known.in_blocks, known.pricing_unit) == (10**6, "Tokens", True, "1000000 Tokens")
    assert [u.reciprocal if (u := unit(text, None)) else "" for text in ("128 MB", "10K", "60 Minutes", "")] == [
        "0.007812500000",
        "0.000100000000",
        None,
        "",
    ]
    assert not counts_blocks(9.21, 10_000)


@real
@pytest.mark.parametrize(
    ("name", "count"), [("ea_anonymised_27_cad", 27), ("dirty_enterprise", 1), ("dirty_payasyougo", 1)]
)
def test_real_exports_equal_their_sums(stage_bill: Stage, name: str, count: int) -> None:
    path = REAL / f"azure_{name}.csv.gz"
    _, staged = stage_bill(path)
    assert (staged.rows, staged.left_out, staged.problems) == (count, 0, ())
    assert total(stage_bill, path) == invoiced(path)


@real
def test_a_real_export_without_a_currency_takes_the_workspace_s(stage_bill: Stage) -> None:
    path = REAL / "azure_dirty_missingbrackets.csv.gz"
    assert charges(stage_bill, path, "BilledCost, BillingCurrency, ListCost", currency="EUR") == [(4, "EUR", 5)]
    assert any("names no currency" in note for note in stage_bill(path, currency="EUR")[1].notes)


@real
def test_a_real_row_without_cost_and_currency_is_a_problem(stage_bill: Stage) -> None:
    _, staged = stage_bill(REAL / "azure_dirty_bom.csv.gz")
    assert (staged.rows, staged.left_out) == (0, 1)
    assert {p.column for p in staged.problems} == {"BilledCost", "BillingCurrency"}


@real
@pytest.mark.parametrize("path", FOCUS)
def test_real_focus_exports_are_not_taken_for_azure(path: Path) -> None:
    assert open_file(path, connect()).source.name == "focus"


@real
def test_a_real_aws_report_is_not_taken_for_azure() -> None:
    with gzip.open(REAL / "aws_cur_legacy_anonymised_1281.csv.gz", "rt") as stream:
        header = tuple(next(csv.reader(stream)))
    assert azure.SOURCE.detect(Sample(Path("cur.csv"), header, ())) is None
