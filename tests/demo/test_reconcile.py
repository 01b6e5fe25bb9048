"""The invoices of the demo company against its metering: split exactly, and each injected fault under its name."""

import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from outlay.model.period import ALL
from outlay.views.reconcile import Reconciled, added
from outlay.workspace import Workspace

CENT = Decimal("0.01")


def october(company: Path, folder: Path, usage: str = "SELECT * FROM {}", bill: str = "") -> Workspace:
    """The invoice of OpenAI for October and the calls of that month, either of them changed by a query."""
    folder.mkdir()
    shutil.copy(company / "outlay.yaml", folder)
    shutil.copy(company / "rates.csv", folder)
    calls, (invoice,) = folder / "usage.parquet", (company / "bills").glob("openai-2026-10.*")
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        source = f"read_parquet('{company / 'traffic' / 'usage-2026-10.parquet'}')"
        connection.execute(f"COPY ({usage.format(source)}) TO '{calls}' (FORMAT parquet)")
        if bill:
            changed = folder / "openai.parquet"
            source = f"read_csv('{invoice}', all_varchar=true)"
            connection.execute(f"COPY ({bill.format(source)}) TO '{changed}' (FORMAT parquet)")
            invoice = changed
    opened = Workspace(folder)
    opened.load([invoice, calls])
    return opened


def compared(opened: Workspace) -> Reconciled:
    found = added(row for row in opened.reconcile(ALL) if row.provider == "OpenAI")
    assert found is not None
    assert found.difference is not None
    # Metered calls without a bill of their model have no difference of their own.
    loose = sum((r.metered or Decimal(0)) for r in opened.reconcile(ALL) if r.provider == "OpenAI" and r.billed is None)
    assert found.difference + loose == sum(found.causes.values())
    return found


@pytest.fixture(scope="session")
def sound(company: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return october(company, tmp_path_factory.mktemp("sound") / "work")


def test_the_invoice_is_split_to_tenants_to_the_last_digit(company: Path, sound: Workspace) -> None:
    costs, charges = sound.relation("costs"), sound.relation("charges")
    of_bill = "x_RecordKind = 'billed'"
    rows = sound.connection.execute(
        f"SELECT x_TenantId, sum(BilledCost) FROM {costs} WHERE {of_bill} GROUP BY 1"
    ).fetchall()
    invoice = sound.connection.execute(f"SELECT sum(BilledCost) FROM {charges} WHERE {of_bill}").fetchall()[0][0]
    assert sum(cost for _, cost in rows) == invoice
    assert invoice == invoice.quantize(CENT)
    assert len(rows) > 30


def test_coverage_is_that_of_the_truth(company: Path, sound: Workspace) -> None:
    found = compared(sound)
    assert found.coverage is not None
    assert Decimal("0.95") < found.coverage < Decimal("0.99")
    assert set(found.causes) - {"rounding"} == {
        "discount", "failed but billed", "usage never seen", "credits, taxes and fees",
    }  # fmt: skip
    # The company pays 8% less than the list.
    listed = found.billed - found.causes["discount"] if found.billed else Decimal(0)
    assert found.causes["discount"] / listed == pytest.approx(Decimal("-0.08"), abs=Decimal("0.0001"))


SOME = "feature = 'voice-summaries' AND status = 'ok'"
FAULTS: dict[str, tuple[dict[str, str], Callable[[dict[str, Decimal]], Decimal]]] = {
    "unpriced model": (
        {"usage": "SELECT * REPLACE (CASE WHEN model = 'gpt-5.5' THEN 'gpt-55' ELSE model END AS model) FROM {}"},
        lambda change: change["unpriced model"],
    ),
    "cache class": (
        {"usage": f"SELECT * REPLACE (CASE WHEN {SOME} THEN 0 ELSE cache_read END AS cache_read) FROM {{}}"},
        lambda change: -change["cache class"],
    ),
    "usage never seen": (
        {"usage": f"SELECT * FROM {{}} WHERE NOT ({SOME})"},
        lambda change: change["usage never seen"],
    ),
    "failed but billed": (
        {"usage": "SELECT * FROM {} WHERE status = 'ok'"},
        lambda change: -change["failed but billed"],
    ),
    "metered, not billed": (
        {"bill": "SELECT * FROM {} WHERE NOT (ChargeDescription LIKE 'gpt-5.4-mini output%')"},
        lambda change: -change["metered, not billed"],
    ),
    "discount": (
        {
            "bill": "SELECT * REPLACE (CAST(CAST(BilledCost AS DECIMAL(38,12)) * 0.5 AS DECIMAL(38,12)) AS BilledCost, "
            "CAST(CAST(EffectiveCost AS DECIMAL(38,12)) * 0.5 AS DECIMAL(38,12)) AS EffectiveCost) FROM {}"
        },
        lambda change: -change["discount"],
    ),
    "no tokens on the bill": (
        {"bill": "SELECT * REPLACE (NULL AS ConsumedQuantity, NULL AS ConsumedUnit) FROM {}"},
        lambda change: abs(change["no tokens on the bill"]),
    ),
    "credits, taxes and fees": (
        {
            "bill": "SELECT * FROM {0} UNION ALL BY NAME (SELECT * REPLACE ('Credit' AS ChargeCategory, "
            "'-25' AS BilledCost, '-25' AS EffectiveCost) FROM {0} WHERE ChargeCategory = 'Usage' LIMIT 1)"
        },
        lambda change: -change["credits, taxes and fees"],
    ),
}


@pytest.mark.parametrize("cause", FAULTS)
def test_an_injected_fault_is_found_under_its_name(company: Path, sound: Workspace, tmp_path: Path, cause: str) -> None:
    changed, size = FAULTS[cause]
    before = compared(sound).causes
    after = compared(october(company, tmp_path / "work", **changed)).causes
    zero = Decimal(0)
    change = {name: after.get(name, zero) - before.get(name, zero) for name in {*before, *after}}
    change = {name: value for name, value in change.items() if abs(value) >= CENT}
    assert cause in change, json.dumps({k: str(v) for k, v in change.items()})
    assert size(change) > 10
    # Nothing else grows: what moved came out of tokens that nobody had seen, or of the discount on them.
    assert max(change, key=lambda name: abs(change[name])) in (cause, "usage never seen", "discount")
