import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from outlay.ledger.staged import Staged
from outlay.model.charge import focus_columns
from outlay.sources.bills import oci
from outlay.sources.source import Sample

StageBill = Callable[..., tuple[Any, Staged]]
DATA = Path(__file__).parents[2] / "data" / "oci"
REPORT = DATA / "cost_report.csv"


def charges(stage_bill: StageBill) -> list[dict[str, Any]]:
    """The charges of the sample report, in its order."""
    connection, staged = stage_bill(REPORT)
    result = connection.execute(f"SELECT * FROM ({staged.charges}) ORDER BY x_RowId")
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def delivered() -> list[dict[str, str]]:
    with REPORT.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_the_report_is_recognised_and_read_whole(stage_bill: StageBill) -> None:
    _, staged = stage_bill(REPORT)
    assert (staged.source, staged.version, staged.rows, staged.left_out) == ("oci", "cost-report", 10, 0)
    assert staged.problems == ()


@pytest.mark.parametrize("column", ["BilledCost", "EffectiveCost", "ContractedCost"])
def test_stored_and_rounding_sum_to_the_file(stage_bill: StageBill, column: str) -> None:
    found = charges(stage_bill)
    stored, rounding = (sum(c[name] for c in found) for name in (column, f"_r_{column}"))
    assert stored + rounding == sum(Decimal(r["cost/myCost"]) for r in delivered())
    assert rounding != 0


def test_each_cost_is_rounded_half_to_even(stage_bill: StageBill) -> None:
    for charge, row in zip(charges(stage_bill), delivered(), strict=True):
        assert charge["BilledCost"] == Decimal(row["cost/myCost"]).quantize(Decimal("1e-12"))
        assert charge["BilledCost"] + charge["_r_BilledCost"] == Decimal(row["cost/myCost"])


def test_overage_is_within_the_cost_and_kept_beside_it(stage_bill: StageBill) -> None:
    overage = charges(stage_bill)[1]
    assert overage["BilledCost"] == 80
    extra = json.loads(overage["x_Extra"])
    assert (extra["cost/overageFlag"], extra["cost/myCostOverage"]) == ("Y", "16.5")


def test_a_correction_keeps_the_hour_that_it_corrects(stage_bill: StageBill) -> None:
    correction = charges(stage_bill)[5]
    assert (correction["ChargeCategory"], correction["ChargeClass"]) == ("Usage", "Correction")
    assert correction["ChargePeriodStart"].astimezone(UTC) == datetime(2024, 8, 31, 22, tzinfo=UTC)
    assert json.loads(correction["x_Extra"])["lineItem/backreferenceNo"] == "V2.example-0"


def test_categories_are_read_from_the_product(stage_bill: StageBill) -> None:
    found = [(c["ServiceName"], c["ChargeCategory"], c["ChargeClass"]) for c in charges(stage_bill)[6:]]
    assert found == [
        ("UNIVERSAL_CREDIT", "Credit", None),
        ("TAX", "Tax", None),
        ("TAX_REPORTING_CLOUD", "Usage", None),
        ("COMPUTE", "Usage", None),
    ]


def test_services_have_a_focus_category(stage_bill: StageBill) -> None:
    found = {c["ServiceName"]: c["ServiceCategory"] for c in charges(stage_bill)}
    assert found["COMPUTE"] == "Compute"
    assert found["BLOCK_STORAGE"] == "Storage"
    assert found["GENERATIVE_AI"] == "AI and Machine Learning"
    assert found["TAX_REPORTING_CLOUD"] == "Other"


def test_tags_are_one_flat_object_without_nulls(stage_bill: StageBill) -> None:
    found = [c["Tags"] and json.loads(c["Tags"]) for c in charges(stage_bill)]
    assert found[0] == {"Finance.CostCentre": "R-100", "Team\\.Owner": "ana"}
    assert found[2] == {"orcl-cloud.free-tier-retained": "true"}
    assert found[3] is None


def test_accounts_resources_and_prices(stage_bill: StageBill) -> None:
    first, *_, credit, _, _, _ = charges(stage_bill)
    assert (first["BillingAccountId"], first["SubAccountName"]) == ("70012345", "research")
    assert (first["ResourceType"], first["SkuMeter"]) == ("instance", "PIC_COMPUTE_GPU_H100")
    assert first["ContractedUnitPrice"] * first["PricingQuantity"] == first["ContractedCost"]
    assert (first["ConsumedQuantity"], first["ConsumedUnit"], first["ListCost"]) == (8, "Hours", None)
    assert credit["BillingAccountId"] == "ocid1.tenancy.oc1..exampletenant"
    assert (credit["SubAccountType"], credit["ConsumedQuantity"]) == (None, None)


def test_bad_rows_are_told_with_their_line(stage_bill: StageBill) -> None:
    _, staged = stage_bill(DATA / "bad_rows.csv")
    found = {(p.line, p.code, p.column) for p in staged.problems}
    assert {(3, "E-ROW-002", "BilledCost"), (4, "E-ROW-004", "ChargePeriodStart")} <= found
    assert (5, "E-ROW-003", "BillingCurrency") in found
    assert (staged.rows, staged.left_out) == (1, 3)


@pytest.mark.parametrize(
    "columns",
    [
        tuple(c.name for c in focus_columns()),
        ("line_item_usage_start_date", "line_item_unblended_cost", "line_item_currency_code"),
        ("Date", "CostInBillingCurrency", "BillingCurrencyCode", "ServiceFamily"),
        # Oracle's usage report has no cost.
        ("lineItem/intervalUsageStart", "product/service", "usage/consumedQuantity"),
    ],
)
def test_other_headers_are_not_taken(columns: tuple[str, ...]) -> None:
    assert oci.detect(Sample(Path("x.csv"), columns, ())) is None


def test_every_category_of_the_service_table_is_one_of_focus() -> None:
    used = {
        "AI and Machine Learning",
        "Analytics",
        "Compute",
        "Databases",
        "Developer Tools",
        "Identity",
        "Integration",
    }
    used |= {"Management and Governance", "Media", "Networking", "Other", "Security", "Storage"}
    assert set(oci._categories().values()) == used
