"""Each rule is broken in a sound file, one at a time: its check finds the row and column, and no other check speaks."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from tests.calls import EACH, call, write_calls

from outlay.ledger.journal import Entry, Journal
from outlay.ledger.problems import read_problems
from outlay.views.checks.rules import rules
from outlay.views.doctor import Finding, examine
from outlay.workspace import Workspace

DATA = Path(__file__).parent.parent / "data" / "focus"
PAGE = Path(__file__).parent.parent.parent / "docs" / "reference" / "checks.md"
Rows = list[dict[str, str]]
Plant = Callable[[Rows], None]

# Rows of the file, 1 is the first below the header.
ON_DEMAND, SPOT, PURCHASE, USED, UNUSED, TOKENS, STORAGE, LICENCE, PART, CREDIT, TAX = (
    1,
    2,
    3,
    4,
    5,
    8,
    14,
    17,
    20,
    22,
    23,
)


def values(row: int, **changes: str) -> Plant:
    """Write other values into one row."""
    return lambda rows: rows[row - 1].update(changes)


def copied(row: int, **changes: str) -> Plant:
    """Append a copy of one row, with other values."""
    return lambda rows: rows.append({**rows[row - 1], **changes})


def renamed(old: str, new: str) -> Plant:
    """Give a column another name, or drop it when `new` is empty."""

    def plant(rows: Rows) -> None:
        for row in rows:
            value = row.pop(old)
            if new:
                row[new] = value

    return plant


def whole(column: str) -> Plant:
    """Round a column of the charges of Amazon to whole units."""

    def plant(rows: Rows) -> None:
        for row in rows:
            if row["ServiceProviderName"] == "Amazon Web Services":
                row[column] = str(round(Decimal(row[column])))

    return plant


def sound(_: Rows) -> None:
    """Change nothing."""


def write(folder: Path, plant: Plant = sound, version: str = "1.3", name: str = "bill.csv") -> Path:
    """The example of a FOCUS version with a defect planted."""
    with (DATA / f"focus_ai_example_{version}.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    plant(rows)
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def diagnose(workspace: Workspace, **invoices: str) -> tuple[Finding, ...]:
    journal = workspace.journal
    problems = read_problems(workspace.connection, workspace.ledger, journal)
    totals = {name.replace("_", "-"): Decimal(total) for name, total in invoices.items()}
    relations = workspace.relation("charges"), workspace.relation("costs")
    return examine(workspace.connection, *relations, journal, problems, totals)


def loaded(folder: Path, plant: Plant = sound, version: str = "1.3") -> Workspace:
    workspace = Workspace(folder)
    workspace.load([write(folder, plant, version)])
    return workspace


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4"])
def test_a_sound_file_has_no_finding(tmp_path: Path, version: str) -> None:
    assert diagnose(loaded(tmp_path, version=version)) == ()


# The twelve defects on which the official validator was measured; it misses seven of them.
TWELVE: list[tuple[str, Plant, str, int, str]] = [
    ("currency in small letters", values(STORAGE, BillingCurrency="usd"), "D-CURRENCY", STORAGE, "BillingCurrency"),
    ("tags without braces", values(STORAGE, Tags='"team": "search"'), "E-ROW-005", STORAGE, "Tags"),
    ("unit 1M tokens", values(TOKENS, PricingUnit="1M tokens"), "D-UNIT", TOKENS, "PricingUnit"),
    ("subcategory GPU", values(SPOT, ServiceSubcategory="GPU"), "D-VALUE", SPOT, "ServiceSubcategory"),
    ("purchase with EffectiveCost", values(LICENCE, EffectiveCost="6000.0"), "D-PURCHASE", LICENCE, "EffectiveCost"),
    (
        "time without T and Z",
        values(STORAGE, ChargePeriodStart="2026-09-01 00:00:00"),
        "W-ROW-010",
        STORAGE,
        "ChargePeriodStart",
    ),
    ("custom column without x_", renamed("x_PlanVersion", "PlanVersion"), "D-COLUMN", 1, "PlanVersion"),
    ("duplicate row", copied(STORAGE), "D-DUPLICATE", 25, "*"),
    (
        "used and unused are not the purchase",
        values(UNUSED, EffectiveCost="150"),
        "D-COMMITMENT",
        UNUSED,
        "EffectiveCost",
    ),
    (
        "charge period a year off",
        values(STORAGE, ChargePeriodStart="2025-09-01T00:00:00Z", ChargePeriodEnd="2025-09-02T00:00:00Z"),
        "D-PERIOD-FAR",
        STORAGE,
        "ChargePeriodStart",
    ),
    ("BilledCost doubled", values(STORAGE, BilledCost="230.00"), "D-BILLED", STORAGE, "BilledCost"),
    ("ListCost off by 1e-6", values(STORAGE, ListCost="115.000001"), "D-PRICE", STORAGE, "ListCost"),
]


@pytest.mark.parametrize(("defect", "plant", "code", "row", "column"), TWELVE, ids=[t[0] for t in TWELVE])
def test_a_planted_defect_is_found_with_its_row_and_column(
    tmp_path: Path, defect: str, plant: Plant, code: str, row: int, column: str
) -> None:
    found = diagnose(loaded(tmp_path, plant))
    assert [(f.code, f.file, f.row, f.column) for f in found] == [(code, "bill.csv", row, column)], defect


OTHERS: list[tuple[Plant, str, int | None, str]] = [
    (values(PART, AllocatedMethodId=""), "D-ALLOCATED", PART, "AllocatedMethodId"),
    (
        copied(
            PART,
            AllocatedMethodId="",
            AllocatedMethodDetails="",
            AllocatedResourceId="",
            AllocatedResourceName="",
            AllocatedTags="",
            BilledCost="48",
            EffectiveCost="48",
            ListCost="48",
            ContractedCost="48",
            PricingQuantity="4",
            ConsumedQuantity="4",
        ),
        "D-ORIGIN",
        25,
        "AllocatedMethodId",
    ),
    (
        values(
            PURCHASE,
            ChargePeriodEnd="2026-09-03T00:00:00Z",
            PricingQuantity="1.5",
            **dict.fromkeys(("BilledCost", "ListCost", "ContractedCost"), "1200"),
        ),
        "D-COMMITMENT-OPEN",
        UNUSED,
        "EffectiveCost",
    ),
    (values(STORAGE, ChargePeriodEnd="2026-09-01T00:00:00Z"), "D-PERIOD-ORDER", STORAGE, "ChargePeriodEnd"),
    (values(STORAGE, Tags='{"team": {"name": "search"}}'), "D-TAGS", STORAGE, "Tags"),
    (values(STORAGE, BillingCurrency="EUR"), "D-CURRENCIES", STORAGE, "BillingCurrency"),
    (whole("EffectiveCost"), "D-ROUNDED", ON_DEMAND, "EffectiveCost"),
    (values(STORAGE, x_RecordKind="metered"), "D-METERED", STORAGE, "BilledCost"),
    (values(STORAGE, InvoiceIssuerName=""), "D-MANDATORY", STORAGE, "InvoiceIssuerName"),
    (values(STORAGE, ChargeFrequency="Usage-based"), "D-VALUE", STORAGE, "ChargeFrequency"),
    (values(STORAGE, ServiceSubcategory="Virtual Machines"), "D-SUBCATEGORY", STORAGE, "ServiceSubcategory"),
    (
        values(ON_DEMAND, ServiceCategory="Storage", ServiceSubcategory="Object Storage"),
        "D-SERVICE",
        ON_DEMAND,
        "ServiceCategory",
    ),
    (values(UNUSED, ConsumedQuantity="20"), "D-UNUSED", UNUSED, "ConsumedQuantity"),
    (renamed("HostProviderName", ""), "W-FILE-010", None, "HostProviderName"),
]


@pytest.mark.parametrize(("plant", "code", "row", "column"), OTHERS, ids=[f"{t[1]} {t[3]}" for t in OTHERS])
def test_only_the_check_of_a_broken_rule_speaks(
    tmp_path: Path, plant: Plant, code: str, row: int | None, column: str
) -> None:
    found = diagnose(loaded(tmp_path, plant))
    assert [(f.code, f.file, f.row, f.column) for f in found] == [(code, "bill.csv", row, column)]


@pytest.mark.parametrize("row", [n for n in range(1, 25) if n not in (USED, UNUSED, 18)])
def test_a_doubled_bill_is_found_in_every_row_that_has_one(tmp_path: Path, row: int) -> None:
    def double(rows: Rows) -> None:
        rows[row - 1]["BilledCost"] = str(2 * Decimal(rows[row - 1]["BilledCost"]))

    found = diagnose(loaded(tmp_path, double))
    assert [(f.row, f.column) for f in found if f.code == "D-BILLED"] == [(row, "BilledCost")]


@pytest.mark.parametrize("column", ["ListCost", "ContractedCost"])
@pytest.mark.parametrize("factor", ["1.000001", "0.999999"])
def test_a_cost_off_by_a_millionth_is_found_in_every_priced_row(tmp_path: Path, column: str, factor: str) -> None:
    priced = []

    def shift(rows: Rows) -> None:
        for number, row in enumerate(rows, 1):
            if row["PricingQuantity"] and row["ListUnitPrice"]:
                row[column] = str(Decimal(row[column]) * Decimal(factor))
                priced.append(number)

    found = [f for f in diagnose(loaded(tmp_path, shift)) if f.code == "D-PRICE"]
    assert [(f.column, f.count, f.row) for f in found] == [(column, len(priced), 1)]


@pytest.mark.parametrize("row", range(1, 24))
@pytest.mark.parametrize("years", [-1, 1])
def test_a_year_off_is_found_in_every_row_but_corrections(tmp_path: Path, row: int, years: int) -> None:
    def move(rows: Rows) -> None:
        for column in ("ChargePeriodStart", "ChargePeriodEnd"):
            value = rows[row - 1][column]
            rows[row - 1][column] = f"{int(value[:4]) + years}{value[4:]}"

    found = diagnose(loaded(tmp_path, move))
    assert [(f.row, f.column) for f in found if f.code == "D-PERIOD-FAR"] == [(row, "ChargePeriodStart")]


@pytest.mark.parametrize(
    ("price", "quantity", "cost"),
    [
        ("0.008", "0.00200749000", "0.00001605990"),
        ("98.32", "0.0166666667", "1.6386666700"),
        ("0.3333333333", "720", "240"),
        ("0.0000033", "1234567", "4.074071"),
    ],
)
def test_a_price_that_was_rounded_is_no_finding(tmp_path: Path, price: str, quantity: str, cost: str) -> None:
    plant = values(
        STORAGE,
        ListUnitPrice=price,
        ContractedUnitPrice=price,
        PricingQuantity=quantity,
        ListCost=cost,
        ContractedCost=cost,
        BilledCost=cost,
        EffectiveCost=cost,
    )
    assert diagnose(loaded(tmp_path, plant)) == ()


def test_a_product_too_large_to_hold_does_not_stop_the_examination(tmp_path: Path) -> None:
    plant = values(STORAGE, PricingQuantity="9000000000000000", ListUnitPrice="9000000000000000")
    assert "D-PRICE" in {f.code for f in diagnose(loaded(tmp_path, plant))}


def test_a_part_of_a_yearly_commitment_that_is_used_evenly_is_no_finding(tmp_path: Path) -> None:
    plant = values(PURCHASE, BilledCost="292000", ListCost="292000", ContractedCost="292000", ListUnitPrice="292000")
    year = values(PURCHASE, ContractedUnitPrice="292000", ChargePeriodEnd="2027-09-01T00:00:00Z")

    def both(rows: Rows) -> None:
        plant(rows)
        year(rows)

    assert diagnose(loaded(tmp_path, both)) == ()


def test_findings_tell_rows_money_and_examples(tmp_path: Path) -> None:
    billed = []

    def small(rows: Rows) -> None:
        for row in rows:
            row["BillingCurrency"] = "usd"
            billed.append(Decimal(row["BilledCost"]))

    (found,) = diagnose(loaded(tmp_path, small))
    assert (found.code, found.severity, found.count, found.files) == ("D-CURRENCY", "error", 24, 1)
    assert (found.money, found.currency) == (sum(billed), "usd")
    assert (found.row, found.examples, found.place) == (1, ("usd",), "bill.csv:row 1:BillingCurrency")
    assert found.message == "BillingCurrency 'usd' is no ISO 4217 code"


def test_the_same_defect_in_two_files_is_one_finding(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    plant = values(STORAGE, ChargeFrequency="usage")
    other = values(TOKENS, ChargeFrequency="usage")
    workspace.load([write(tmp_path, plant, name="a.csv")])
    workspace.load([write(tmp_path, other, name="b.csv")], part=True)
    (found,) = [f for f in diagnose(workspace) if f.code == "D-VALUE"]
    assert (found.file, found.row, found.count, found.files) == ("a.csv", STORAGE, 2, 2)


def test_problems_of_a_file_that_was_replaced_are_gone(tmp_path: Path) -> None:
    workspace = loaded(tmp_path, values(STORAGE, Tags="team"))
    assert [f.code for f in diagnose(workspace)] == ["E-ROW-005"]
    workspace.load([write(tmp_path)])
    assert diagnose(workspace) == ()


def test_the_first_of_many_bad_times_is_told_with_the_count(tmp_path: Path) -> None:
    def plain(rows: Rows) -> None:
        for row in rows[3:]:
            row["ChargePeriodEnd"] = row["ChargePeriodEnd"].replace("T", " ").replace("Z", "")

    workspace = Workspace(tmp_path)
    (problem,) = [p for p in workspace.load([write(tmp_path, plain)]).problems if p.code == "W-ROW-010"]
    assert (problem.code, problem.line, problem.row, problem.count) == ("W-ROW-010", 5, 4, 21)
    assert (problem.column, problem.value) == ("ChargePeriodEnd", "2026-09-02 00:00:00")


def test_an_invoice_is_compared_as_far_as_its_digits_go(tmp_path: Path) -> None:
    workspace = loaded(tmp_path)
    assert diagnose(workspace, INV_OA_2026_09="4150.00", INV_PC_2026_09="6400") == ()
    (wrong,) = diagnose(workspace, INV_OA_2026_09="4150.01")
    assert (wrong.code, wrong.money, wrong.count, wrong.row) == ("D-INVOICE", Decimal("-0.01"), 4, 10)
    assert wrong.message == "invoice INV-OA-2026-09 is 4150.01, its rows add up to 4150"
    (missing,) = diagnose(workspace, INV_1="12")
    assert (missing.code, missing.severity, missing.money) == ("D-INVOICE-MISSING", "warning", Decimal(12))


@pytest.mark.parametrize(
    ("table", "code", "column"),
    [("costs", "D-COSTS", "BilledCost"), ("charges", "D-TOTALS", "BilledCost")],
)
def test_lost_rows_are_found(tmp_path: Path, table: str, code: str, column: str) -> None:
    workspace = loaded(tmp_path)
    relations = {name: workspace.relation(name) for name in ("charges", "costs")}
    lost = {**relations, table: f"(SELECT * FROM {relations[table]} WHERE x_RowId <> {STORAGE})"}
    if table == "charges":
        lost["costs"] = f"(SELECT * FROM {relations['costs']} WHERE x_RowId <> {STORAGE})"
    (found,) = examine(workspace.connection, lost["charges"], lost["costs"], workspace.journal)
    assert (found.code, found.column, found.money, found.file) == (code, column, Decimal(-115), "bill.csv")


def test_parts_that_do_not_add_up_are_found(tmp_path: Path) -> None:
    (tmp_path / "outlay.yaml").write_text(
        "split:\n"
        "- name: storage\n  when: {service: Amazon Simple Storage Service}\n"
        "  to: team\n  method: fixed\n  shares: {a: 1, b: 2}\n",
        encoding="utf-8",
    )
    workspace = loaded(tmp_path)
    assert diagnose(workspace) == ()
    # A cent that moves from the part to another row leaves the sum of the delivery as it is.
    cent = f"CASE WHEN x_Team = 'a' THEN 0.01 WHEN x_RowId = {ON_DEMAND} THEN -0.01 ELSE 0 END"
    moved = f"(SELECT * REPLACE (EffectiveCost + {cent} AS EffectiveCost) FROM {workspace.relation('costs')})"
    (found,) = examine(workspace.connection, workspace.relation("charges"), moved, workspace.journal)
    assert (found.code, found.row, found.column) == ("D-SPLIT", STORAGE, "EffectiveCost")


def test_two_parts_of_the_same_days_are_found(tmp_path: Path) -> None:
    workspace = loaded(tmp_path)
    only = write(tmp_path, lambda rows: rows.__delitem__(slice(0, STORAGE - 1)), name="again.csv")
    rows = only.read_text(encoding="utf-8").splitlines(keepends=True)
    only.write_text("".join(rows[:2]).replace("S3 Standard training data", "S3 more"), encoding="utf-8")
    workspace.load([only], part=True)
    (found,) = diagnose(workspace)
    assert (found.code, found.file, found.money) == ("D-PART", "again.csv", Decimal(115))


def entry(**changes: object) -> Entry:
    said = {
        "provider": "OpenAI",
        "currency": "USD",
        "kind": "billed",
        "first_day": "2026-09-01",
        "last_day": "2026-09-30",
    }
    told = {"provider": "OpenAI", "currency": "USD", **dict.fromkeys(("BilledCost", "EffectiveCost"), "12.5")}
    told |= dict.fromkeys(("ListCost", "ContractedCost"), "0")
    first = Entry("deliver", "l", "k", source="focus", account="1", delivery_id="d", coverage=(said,), totals=(told,))
    return replace(first, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "codes"),
    [
        (entry(scope_key="other", delivery_id="e"), ["D-SCOPE"]),
        (entry(scope_key="other", delivery_id="e", source="aws-cur"), ["D-OVERLAP"]),
        (entry(scope_key="other", delivery_id="e", account="2", source="aws-cur"), []),
        (entry(scope_key="other", delivery_id="e", period_start="2026-10-01"), []),
    ],
)
def test_the_same_days_of_an_account_twice_are_found(tmp_path: Path, other: Entry, codes: list[str]) -> None:
    workspace = Workspace(tmp_path)
    journal = Journal((entry(), other))
    found = examine(workspace.connection, workspace.relation("charges"), workspace.relation("costs"), journal)
    assert [f.code for f in found if f.code != "D-TOTALS"] == codes


def test_files_of_calls_that_say_the_same_are_told(tmp_path: Path) -> None:
    opened = Workspace(tmp_path)
    rows = [[call(), call(5)], [call(5), call()], [call(), call(6)]]
    opened.load([write_calls(tmp_path / f"{n}.csv", listed) for n, listed in enumerate(rows)])
    (found,) = [f for f in opened.examine() if f.code == "D-CALLS"]
    assert found.message.startswith("0.csv and 1.csv")
    assert (found.count, found.money) == (2, EACH + Decimal("0.0100125"))


def test_every_code_is_on_its_page() -> None:
    told = set(re.findall(r"^\| `([A-Z]-[A-Z0-9-]+)`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(rules()) <= told
    assert {code for code in told if code.startswith("D-")} == {*rules(), "D-ORPHAN"}


def test_every_rule_is_broken_by_a_test() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in rules() if f'"{code}"' not in text] == []
