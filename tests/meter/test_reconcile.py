"""The invoice of a model provider against what was metered: split exactly, and every difference under its name."""

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import Charge, charge, workspace, write_bill

from outlay.model.period import ALL
from outlay.views.reconcile import added
from outlay.workspace import Workspace

DAY = "2026-10-05"
LIST = {"Input": Decimal("2.50"), "Cached Input": Decimal("1.25"), "Output": Decimal("10.00")}
# One day of gpt-4o: 8 million tokens read anew, 2 million read from a cache, 1 million written.
USAGE = {"Input": 8_000_000, "Cached Input": 2_000_000, "Output": 1_000_000}
CALLS: tuple[Mapping[str, Any], ...] = (
    {"tenant": "acme", "feature": "answers", "input": 6_000_000, "cache_read": 1_000_000, "output": 600_000},
    {"tenant": "globex", "feature": "answers", "input": 4_000_000, "cache_read": 1_000_000, "output": 400_000},
)


def bill(share: Mapping[str, int] = USAGE, discount: str = "0", **columns: str) -> list[Charge]:
    """The invoice of the day: a row for each class of tokens."""
    rows = []
    for meter, tokens in share.items():
        cost = LIST[meter] * tokens / 1_000_000 * (1 - Decimal(discount))
        said = {
            "BillingAccountId": "org-1",
            "ChargePeriodEnd": "2026-10-06T00:00:00Z",
            "ChargeDescription": f"gpt-4o {meter.lower()} tokens",
            "SkuMeter": f"{meter} Tokens",
            "ConsumedQuantity": str(tokens),
            "ConsumedUnit": "Tokens",
            "ServiceName": "OpenAI API",
            "ServiceCategory": "AI and Machine Learning",
            **dict.fromkeys(("ServiceProviderName", "ProviderName", "PublisherName", "InvoiceIssuerName"), "OpenAI"),
        }
        rows.append(charge(cost, day=DAY, **{**said, **columns}))
    return rows


def traffic(path: Path, calls: Iterable[Mapping[str, Any]] = CALLS, **columns: Any) -> Path:
    """Metered calls of the day."""
    rows = [{"time": f"{DAY}T10:00:00Z", "provider": "openai", "model": "gpt-4o", **columns, **c} for c in calls]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(k for row in rows for k in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def loaded(folder: Path, charges: list[Charge], calls: Iterable[Mapping[str, Any]] = CALLS) -> Workspace:
    opened = workspace(folder / "work")
    opened.load([write_bill(folder / "bill.csv", charges), traffic(folder / "calls.csv", calls)])
    opened.refresh()
    return opened


def by_tenant(opened: Workspace) -> dict[str | None, Decimal]:
    costs = opened.relation("costs")
    rows = opened.connection.execute(
        f"SELECT x_TenantId, sum(BilledCost) FROM {costs} WHERE x_RecordKind = 'billed' GROUP BY 1"
    ).fetchall()
    return dict(rows)


def test_the_invoice_is_split_to_tenants_to_the_last_digit(tmp_path: Path) -> None:
    opened = loaded(tmp_path, bill(discount="0.07"))
    # By hand: acme has 5 of 8 million uncached, 1 of 2 million cached, and 0.6 of 1 million written tokens.
    assert by_tenant(opened) == {
        "acme": (Decimal(20) * 5 / 8 + Decimal("2.5") / 2 + 6) * Decimal("0.93"),
        "globex": (Decimal(20) * 3 / 8 + Decimal("2.5") / 2 + 4) * Decimal("0.93"),
    }
    (found,) = opened.reconcile(ALL)
    assert (found.billed, found.metered, found.coverage) == (Decimal("30.225"), Decimal("32.5"), Decimal(1))
    assert found.causes == {"discount": Decimal("-2.275")}


FAULTS: dict[str, tuple[list[Charge], list[Mapping[str, Any]], Decimal]] = {
    "discount": (bill(discount="0.10"), [*CALLS], Decimal("-3.25")),
    "unpriced model": (
        bill(),
        [CALLS[0], {**CALLS[1], "tier": "platinum"}],
        Decimal(3) * Decimal("2.5") + Decimal("1.25") + 4,
    ),
    "failed but billed": (
        bill({k: v * 3 // 2 for k, v in USAGE.items()}),
        [*CALLS, {"status": "error", "tenant": "acme"}],
        Decimal("16.25"),
    ),
    "cache class": (bill({**USAGE, "Input": 9_000_000, "Cached Input": 1_000_000}), [*CALLS], Decimal("1.25")),
    "usage never seen": (bill({k: v * 2 for k, v in USAGE.items()}), [*CALLS], Decimal("32.5")),
    "metered, not billed": (bill({**USAGE, "Output": 500_000}), [*CALLS], Decimal(-5)),
    "no tokens on the bill": (
        bill(ConsumedQuantity="", ConsumedUnit="", discount="0.2"),
        [*CALLS],
        Decimal("-6.5"),
    ),
    "credits, taxes and fees": (
        [*bill(), {**bill()[0], "ChargeCategory": "Credit", **dict.fromkeys(("BilledCost", "EffectiveCost"), "-4")}],
        [*CALLS],
        Decimal(-4),
    ),
}


@pytest.mark.parametrize("cause", FAULTS)
def test_each_fault_is_found_under_its_name(tmp_path: Path, cause: str) -> None:
    charges, calls, expected = FAULTS[cause]
    opened = loaded(tmp_path, charges, calls)
    total = added(opened.reconcile(ALL))
    assert total is not None
    assert total.difference == sum(total.causes.values())
    assert {n: v for n, v in total.causes.items() if abs(v) > Decimal("1e-9")} == {cause: expected}
    invoice = sum(Decimal(c["BilledCost"]) for c in charges)
    assert sum(by_tenant(opened).values()) == invoice


def test_what_nothing_metered_explains_stays_as_a_row_of_its_own(tmp_path: Path) -> None:
    opened = loaded(tmp_path, bill({k: v * 2 for k, v in USAGE.items()}))
    assert by_tenant(opened)[None] == Decimal("32.5")
    (found,) = opened.reconcile(ALL)
    assert found.coverage == Decimal("0.5")


def test_metering_adds_nothing_to_a_bill(tmp_path: Path) -> None:
    opened = loaded(tmp_path, bill())
    sums = "sum(BilledCost), sum(EffectiveCost), sum(ListCost), sum(ContractedCost)"
    found = opened.connection.execute(f"SELECT {sums} FROM {opened.relation('costs')}").fetchall()[0]
    assert set(found) == {Decimal("32.5")}


def test_calls_that_come_after_the_bill_split_it_too(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", bill())])
    assert set(by_tenant(opened)) == {None}
    opened.load([traffic(tmp_path / "calls.csv")])
    assert set(by_tenant(opened)) == {"acme", "globex"}


def test_credits_make_metering_explain_no_more_than_the_usage(tmp_path: Path) -> None:
    credit = {**bill()[0], "ChargeCategory": "Credit", **dict.fromkeys(("BilledCost", "EffectiveCost"), "-30")}
    total = added(loaded(tmp_path, [*bill(), credit]).reconcile(ALL))
    assert total is not None
    assert (total.billed, total.coverage) == (Decimal("2.5"), Decimal(1))


def test_days_that_nobody_has_billed_yet_are_a_cause_of_the_total(tmp_path: Path) -> None:
    later = [{**c, "time": "2026-10-07T01:00:00Z"} for c in CALLS]
    found = loaded(tmp_path, bill(discount="0.10"), [*CALLS, *later]).reconcile(ALL)
    assert [(r.day, r.billed, r.difference) for r in found] == [
        (DAY, Decimal("29.25"), Decimal("-3.25")),
        ("2026-10-07", None, None),
    ]
    total = added(found)
    assert total is not None
    assert total.causes == {"discount": Decimal("-3.25"), "metered, not billed": Decimal("-32.5")}
    assert total.difference == sum(total.causes.values())


MONTH = {"ChargePeriodStart": "2026-10-01T00:00:00Z", "ChargePeriodEnd": "2026-11-01T00:00:00Z"}


def test_an_invoice_of_a_month_is_split_by_the_calls_of_its_days(tmp_path: Path) -> None:
    calls = [{**c, "time": f"2026-10-{day}T10:00:00Z"} for c, day in zip(CALLS, ("01", "31"), strict=True)]
    outside = [{**CALLS[0], "time": f"{day}T12:00:00Z", "tenant": "initech"} for day in ("2026-09-30", "2026-11-01")]
    opened = loaded(tmp_path, [{**c, **MONTH} for c in bill()], [*calls, *outside])
    assert by_tenant(opened) == {"acme": Decimal("19.75"), "globex": Decimal("12.75")}
    of_october = [r for r in opened.reconcile(ALL) if r.billed is not None]
    assert [(r.day, r.metered, r.difference, r.coverage) for r in of_october] == [
        ("2026-10-01", Decimal("32.5"), Decimal(0), Decimal(1))
    ]


def test_each_project_pays_for_its_own_calls(tmp_path: Path) -> None:
    """Two projects of one provider, of which the second had one call; both bills are of the same amounts."""
    charges = [c for project in ("proj-1", "proj-2") for c in bill(SubAccountId=project)]
    calls = [*({**c, "project": "proj-1"} for c in CALLS), {**CALLS[1], "project": "proj-2", "tenant": "initech"}]
    opened = loaded(tmp_path, charges, calls)
    found = by_tenant(opened)
    assert (found["acme"], found["globex"]) == (Decimal("19.75"), Decimal("12.75"))
    assert found["initech"] == Decimal("12.75")
    assert found[None] == Decimal("19.75")


def test_a_bill_follows_the_costs_of_calls_that_were_priced_again(tmp_path: Path) -> None:
    """A bill without tokens is split by metered cost: once one model costs the half, its share does too."""
    calls = [
        {"tenant": "acme", "input": 1_000_000, "output": 0},
        {"tenant": "globex", "input": 500_000, "output": 0, "model": "gpt-4.1"},
        {"tenant": "globex", "input": 750_000, "output": 0, "model": "gpt-4.1"},
    ]
    row = bill({"Input": 1}, ConsumedQuantity="", ConsumedUnit="", ChargeDescription="usage", SkuMeter="usage")[0]
    opened = loaded(tmp_path, [{**row, **dict.fromkeys(("BilledCost", "EffectiveCost"), "5")}], calls)
    assert by_tenant(opened) == {"acme": Decimal("2.5"), "globex": Decimal("2.5")}
    (opened.folder / "prices").mkdir()
    (opened.folder / "prices" / "own.yaml").write_text(
        "source: a contract\nrecorded: 2026-11-01\nprices:\n"
        "  - {provider: openai, model: gpt-4.1, from: 2026-10-01, prices: {input: 1, output: 8}}\n"
    )
    opened = Workspace(opened.folder)
    opened.reprice()
    opened.refresh()
    assert by_tenant(opened) == {"acme": Decimal("2.5"), "globex": Decimal("1.25"), None: Decimal("1.25")}


def test_calls_that_were_taken_out_weigh_no_more_though_they_came_with_others(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    mine, theirs = (traffic(tmp_path / f"{call['tenant']}.csv", [call]) for call in CALLS)
    opened.load([write_bill(tmp_path / "bill.csv", bill()), mine, theirs])
    gone = next(e for e in opened.journal.holding("events") if e.files[0]["name"] == "globex.csv")
    opened.remove(gone.delivery_id)
    sql = f"SELECT DISTINCT x_TenantId FROM {opened.relation('costs')} WHERE x_RecordKind = 'billed' ORDER BY 1"
    assert opened.connection.execute(sql).fetchall() == [("acme",), (None,)]


def test_a_call_counts_again_in_an_older_file_when_the_one_that_told_more_of_it_goes(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([traffic(tmp_path / "less.csv", [{"id": "r1", "input": 100, "output": 10}])])
    opened.load([traffic(tmp_path / "more.csv", [{"id": "r1", "input": 150, "output": 10}])])
    gone = next(e for e in opened.journal.holding("events") if e.files[0]["name"] == "more.csv")
    opened.remove(gone.delivery_id)
    sql = f"SELECT input, counted FROM {opened.relation('events')}"
    assert opened.connection.execute(sql).fetchall() == [(100, True)]


def microsoft(**columns: str) -> list[Charge]:
    """The same invoice from a host of the model."""
    names = dict.fromkeys(("ServiceProviderName", "ProviderName", "InvoiceIssuerName"), "Microsoft")
    return [{**row, **names, **columns} for row in bill()]


def test_calls_through_a_host_weigh_on_the_bill_of_the_host(tmp_path: Path) -> None:
    hosted = {"tenant": "hosted", "provider": "azure", "model": "gpt-4o", "input": 10**7, "output": 10**6}
    opened = loaded(tmp_path, [*bill(), *microsoft(BillingAccountId="mca-1")], [*CALLS, hosted])
    costs = opened.relation("costs")
    rows = opened.connection.execute(
        f"SELECT ServiceProviderName, x_RecordKind, x_TenantId FROM {costs} WHERE x_TenantId IS NOT NULL GROUP BY ALL"
    ).fetchall()
    tenants = {(kind, tenant): provider for provider, kind, tenant in rows}
    assert tenants == {
        **{(kind, tenant): "OpenAI" for kind in ("billed", "metered") for tenant in ("acme", "globex")},
        **{(kind, "hosted"): "Microsoft" for kind in ("billed", "metered")},
    }


@pytest.mark.parametrize(("unit", "size"), [("1K tokens", 1000), ("1M Tokens", 10**6), ("1000000 Tokens", 10**6)])
def test_a_bill_in_larger_units_is_compared_token_by_token(tmp_path: Path, unit: str, size: int) -> None:
    larger: list[Charge] = [
        {**row, "ConsumedUnit": unit, "ConsumedQuantity": str(Decimal(row["ConsumedQuantity"]) / size)}
        for row in bill()
    ]
    opened = loaded(tmp_path, larger, CALLS[:1])
    assert by_tenant(opened) == {"acme": Decimal(12 + 6) + Decimal("1.25") + Decimal("0.5"), None: Decimal("12.75")}
