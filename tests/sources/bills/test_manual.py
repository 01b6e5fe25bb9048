import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.ledger.engine import connect
from outlay.ledger.staged import Staged
from outlay.model.charge import focus_columns
from outlay.model.layers import LAYER_NAMES
from outlay.model.problem import InputError
from outlay.sources.bills import manual, manual_rows
from outlay.sources.source import Sample

StageBill = Callable[..., tuple[Any, Staged]]
DATA = Path(__file__).parents[2] / "data" / "manual"
COSTS = DATA / "costs.csv"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "manual-csv.md"
COST_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def charges(stage_bill: StageBill, path: Path, **options: str) -> list[dict[str, Any]]:
    """The charges of a file, those of one row in the order of their months."""
    connection, staged = stage_bill(path, **options)
    order = "x_RowId, ChargeCategory = 'Usage', ChargePeriodStart"
    result = connection.execute(f"SELECT * FROM ({staged.charges}) ORDER BY {order}")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def of_row(found: list[dict[str, Any]], row: int) -> list[dict[str, Any]]:
    return [c for c in found if c["x_RowId"] == row]


def period(charge: dict[str, Any]) -> tuple[str, str]:
    start, end = (charge[c].astimezone(UTC) for c in ("ChargePeriodStart", "ChargePeriodEnd"))
    return start.date().isoformat(), end.date().isoformat()


def amounts() -> list[Decimal]:
    with COSTS.open(newline="", encoding="utf-8") as stream:
        return [Decimal(r["Amount"]) for r in csv.DictReader(stream)]


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("column", ["BilledCost", "EffectiveCost"])
def test_stored_and_rounding_sum_to_the_file(stage_bill: StageBill, column: str) -> None:
    found = charges(stage_bill, COSTS)
    stored, rounding = (sum(c[name] for c in found) for name in (column, f"_r_{column}"))
    assert stored + rounding == sum(amounts())
    assert rounding == Decimal("4e-13")


def test_a_row_is_one_charge_with_the_names_of_its_columns(stage_bill: StageBill) -> None:
    labour = of_row(charges(stage_bill, COSTS), 1)[0]
    assert period(labour) == ("2024-02-01", "2024-03-01")
    assert (labour["ServiceProviderName"], labour["InvoiceIssuerName"]) == ("In-house", "In-house")
    assert (labour["ServiceName"], labour["ServiceCategory"]) == ("ML engineers", "Other")
    assert (labour["x_Layer"], labour["x_AiKind"], labour["x_Team"]) == ("people", "none", "search")
    assert [labour[c] for c in COST_COLUMNS] == [14500] * 4
    assert labour["ContractedUnitPrice"] * labour["ConsumedQuantity"] == labour["ContractedCost"]
    assert (labour["ChargeCategory"], labour["CommitmentDiscountId"]) == ("Usage", None)
    assert json.loads(labour["Tags"]) == {"Cost code": "C-1"}


def test_until_is_the_last_day_and_layers_may_be_spelt_with_spaces(stage_bill: StageBill) -> None:
    cluster = of_row(charges(stage_bill, COSTS), 2)[0]
    assert period(cluster) == ("2024-02-05", "2024-03-01")
    assert (cluster["x_Layer"], cluster["ServiceCategory"]) == ("training-compute", "Compute")
    assert json.loads(cluster["Tags"]) == {"run": "r1"}


def test_a_licence_is_a_purchase_and_its_months(stage_bill: StageBill) -> None:
    purchase, *months = of_row(charges(stage_bill, COSTS), 3)
    assert (purchase["ChargeCategory"], purchase["BilledCost"], purchase["EffectiveCost"]) == ("Purchase", 1000, 0)
    assert period(purchase) == ("2024-01-31", "2024-02-01")
    assert [period(m) for m in months[:2]] == [("2024-01-01", "2024-02-01"), ("2024-02-01", "2024-03-01")]
    assert (len(months), period(months[-1])) == (12, ("2024-12-01", "2025-01-01"))
    assert {(m["ChargeCategory"], m["BilledCost"], m["CommitmentDiscountStatus"]) for m in months} == {
        ("Usage", 0, "Used")
    }
    assert purchase["CommitmentDiscountStatus"] is None
    assert {c["BillingPeriodStart"].astimezone(UTC) for c in (purchase, *months)} == {datetime(2024, 1, 1, tzinfo=UTC)}


def test_effective_usage_equals_the_billed_purchase_of_each_commitment(stage_bill: StageBill) -> None:
    found = [c for c in charges(stage_bill, COSTS) if c["CommitmentDiscountId"]]
    ids = {c["CommitmentDiscountId"] for c in found}
    assert ids == {"manual:costs:row 3", "manual:costs:row 7"}
    for one in ids:
        rows = [c for c in found if c["CommitmentDiscountId"] == one]
        bought = sum(c["BilledCost"] for c in rows if c["ChargeCategory"] == "Purchase")
        assert bought == sum(c["EffectiveCost"] for c in rows if c["ChargeCategory"] == "Usage")


def test_list_cost_of_usage_is_complete_without_the_purchases(stage_bill: StageBill) -> None:
    found = charges(stage_bill, COSTS)
    usage = [c for c in found if c["ChargeCategory"] == "Usage"]
    assert sum(c["ListCost"] for c in usage) == Decimal("20875.999999999993")


def test_categories_accounts_and_invoices(stage_bill: StageBill) -> None:
    found = charges(stage_bill, COSTS)
    kinds = [(c["ChargeCategory"], c["BillingAccountId"], c["InvoiceId"]) for c in found if c["x_RowId"] in (4, 5, 6)]
    assert kinds == [("Purchase", "finance", "A-1"), ("Tax", "finance", "A-1"), ("Credit", "manual:costs", None)]


@pytest.mark.parametrize(
    ("date", "until", "expected"),
    [
        ("2024-02", "", ("2024-02-01", "2024-03-01")),
        ("2023-02", "", ("2023-02-01", "2023-03-01")),
        ("2024-12", "", ("2024-12-01", "2025-01-01")),
        ("2024-02-29", "", ("2024-02-29", "2024-03-01")),
        ("2024-02-28", "", ("2024-02-28", "2024-02-29")),
        ("2024-01", "2024-02", ("2024-01-01", "2024-03-01")),
        ("2024-01-15", "2024-01-15", ("2024-01-15", "2024-01-16")),
    ],
)
def test_dates(stage_bill: StageBill, tmp_path: Path, date: str, until: str, expected: tuple[str, str]) -> None:
    path = written(tmp_path, f"date,until,service,amount,currency\n{date},{until},s,1,USD\n")
    assert [period(c) for c in charges(stage_bill, path)] == [expected]


def test_bad_rows_are_told_with_their_line_and_the_rest_is_loaded(stage_bill: StageBill) -> None:
    _, staged = stage_bill(DATA / "bad_rows.csv")
    assert [(p.line, p.code, p.column, p.value) for p in staged.problems] == [
        (2, "E-MANUAL-002", "until", "2024-02-01"),
        (4, "E-MANUAL-003", "spread_months", "0"),
        (5, "E-MANUAL-003", "spread_months", "2.5"),
        (6, "E-MANUAL-003", "spread_months", "12"),
        (7, "E-MANUAL-004", "category", "Rent"),
        (8, "E-MANUAL-005", "layer", "gpus"),
        (9, "E-MANUAL-006", "ai_kind", "magic"),
        (10, "E-MANUAL-008", "tags", "[1, 2]"),
        (11, "E-MANUAL-001", "date", "2024-02-30"),
        (12, "E-MANUAL-001", "date", "10/02/2024"),
        (13, "E-MANUAL-007", "currency", "$"),
        (14, "E-ROW-002", "BilledCost", "1,200.00"),
        (15, "E-ROW-003", "BilledCost", ""),
        (16, "E-MANUAL-002", "until", "2024-03"),
    ]
    # Ten rows load as they are or nearly so; two of them are spread, over 6 and 2 months.
    assert (staged.rows, staged.left_out) == (10 + 6 + 2, 5)


def test_a_bad_name_is_left_out_of_the_charge(stage_bill: StageBill) -> None:
    found = charges(stage_bill, DATA / "bad_rows.csv")
    assert {c["x_Layer"] for c in of_row(found, 6)} == {None}
    assert [c["ChargeCategory"] for c in of_row(found, 5)] == ["Usage"]
    assert [period(c) for c in of_row(found, 1)] == [("2024-02-10", "2024-02-11")]


def test_many_bad_spread_rows_are_counted_by_row(stage_bill: StageBill, tmp_path: Path) -> None:
    text = "date,service,amount,currency,layer,spread_months\n" + "2024-01-01,s,1,USD,gpus,12\n" * 1003
    _, staged = stage_bill(written(tmp_path, text))
    assert len(staged.problems) == 1001
    assert (staged.problems[-1].code, staged.problems[-1].count) == ("E-ROW-099", 3)


def test_the_workspace_currency_is_the_default_and_said(stage_bill: StageBill, tmp_path: Path) -> None:
    path = written(tmp_path, "date,service,amount\n2024-01-01,s,1\n")
    _, staged = stage_bill(path, currency="CHF")
    assert staged.notes == ("no column `currency`: amounts are taken to be in CHF",)
    assert [c["BillingCurrency"] for c in charges(stage_bill, path, currency="CHF")] == ["CHF"]
    _, unknown = stage_bill(path)
    assert [p.column for p in unknown.problems] == ["BillingCurrency"]


def test_blank_currencies_are_said_too(stage_bill: StageBill, tmp_path: Path) -> None:
    path = written(tmp_path, "date,service,amount,currency\n2024-01-01,s,1,\n2024-01-01,s,1,eur\n")
    _, staged = stage_bill(path, currency="CHF")
    assert staged.notes == ("rows without a currency are taken to be in CHF",)
    assert [c["BillingCurrency"] for c in charges(stage_bill, path, currency="CHF")] == ["CHF", "EUR"]


def test_the_template_loads_without_a_problem(stage_bill: StageBill, tmp_path: Path) -> None:
    _, staged = stage_bill(written(tmp_path, manual.template()))
    assert (staged.source, staged.rows, staged.problems, staged.notes) == ("manual", 2 + 13, (), ())


def test_columns_with_braces_and_quotes_become_tags(stage_bill: StageBill, tmp_path: Path) -> None:
    path = written(tmp_path, "date,service,amount,currency,{a} 'b'\n2024-01-01,s,1,USD,x\n")
    assert [json.loads(c["Tags"]) for c in charges(stage_bill, path)] == [{"{a} 'b'": "x"}]


@pytest.mark.parametrize(
    "columns",
    [
        tuple(c.name for c in focus_columns()),
        ("BilledCost", "ChargePeriodStart", "date", "amount", "service"),
        ("Date", "CostInBillingCurrency", "ConsumedService", "Quantity", "UnitPrice"),
        ("line_item_usage_start_date", "line_item_unblended_cost", "line_item_product_code"),
        ("lineItem/intervalUsageStart", "product/service", "cost/myCost", "cost/currencyCode"),
        ("date", "amount"),
    ],
)
def test_other_headers_are_not_taken(columns: tuple[str, ...]) -> None:
    assert manual.detect(Sample(Path("x.csv"), columns, ())) is None


@pytest.mark.parametrize(
    ("header", "lacking"),
    [
        ("provider,amount,currency", "date"),
        ("date,service", "amount"),
        ("Date,Amount,Currency", "provider or service or description"),
    ],
)
def test_what_a_manual_file_lacks_is_named(stage_bill: StageBill, tmp_path: Path, header: str, lacking: str) -> None:
    with pytest.raises(InputError) as raised:
        stage_bill(written(tmp_path, f"{header}\n1,2,3\n"))
    assert raised.value.code == "E-LOAD-002"
    assert raised.value.message == f"no manual file without the column {lacking}"


@pytest.mark.parametrize(
    ("name", "account"),
    [("labour.csv", "manual:labour"), ("a.b.CSV.gz", "manual:a.b"), ("x.parquet", "manual:x"), (".csv", "manual:")],
)
def test_the_account_is_the_name_of_the_file(name: str, account: str) -> None:
    assert manual._account(Sample(Path(name), (), ())) == account


def test_every_layer_has_a_service_category() -> None:
    assert tuple(manual._service_categories()) == LAYER_NAMES


CONNECTION = connect()


@settings(max_examples=60, deadline=None)
@given(
    amount=st.decimals(min_value=-(10**13), max_value=10**13, places=12, allow_nan=False),
    months=st.integers(min_value=1, max_value=60),
)
def test_shares_sum_to_the_amount_and_differ_by_one_unit(amount: Decimal, months: int) -> None:
    row = f"CAST({int(amount.scaleb(12))} AS HUGEINT) AS _units, CAST({months} AS BIGINT) AS _spread"
    parts = f"SELECT *, unnest(range(_spread + 1)) AS _part FROM (SELECT {row})"
    shares = [
        Decimal(r[0])
        for r in CONNECTION.execute(f"SELECT {manual_rows.share()} FROM ({parts}) WHERE _part > 0").fetchall()
    ]
    assert len(shares) == months
    assert sum(shares) == amount
    assert max(shares) - min(shares) <= Decimal("1e-12")


@pytest.mark.parametrize("amount", ["0", "-0.000000000001", "1e-12", "999999999999999999.999999999999", "7E2"])
def test_amounts_at_the_edges_are_spread_exactly(stage_bill: StageBill, tmp_path: Path, amount: str) -> None:
    path = written(tmp_path, f"date,service,amount,currency,spread_months\n2024-01-01,s,{amount},USD,120\n")
    found = charges(stage_bill, path)
    assert len(found) == 121
    with localcontext(prec=60):
        assert sum(c["EffectiveCost"] for c in found) == sum(c["BilledCost"] for c in found) == Decimal(amount)


def test_the_page_names_every_column_and_code_and_its_example_loads(stage_bill: StageBill, tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    codes = [rule[1] for rule in manual_rows._rules(Sample(Path("x.csv"), (), ()))]
    assert [name for name in (*manual.PLAIN, *manual.OTHERS) if f"`{name}`" not in page] == []
    assert [code for code in codes if code not in page] == []
    example = page.split("```csv\n", 1)[1].split("```", 1)[0]
    _, staged = stage_bill(written(tmp_path, example))
    assert (staged.source, staged.rows, staged.problems) == ("manual", 2 + 13, ())
