"""The company's own files: people, licences, labelling, audits, courses."""

import csv
from decimal import Decimal
from pathlib import Path

from outlay.model.layers import LAYER_NAMES

COLUMNS = [
    "date",
    "until",
    "provider",
    "service",
    "description",
    "amount",
    "currency",
    "quantity",
    "unit",
    "category",
    "layer",
    "ai_kind",
    "team",
    "project",
    "feature",
    "tenant",
    "environment",
    "phase",
    "account",
    "invoice",
    "spread_months",
]


def rows(company: Path, name: str) -> list[dict[str, str]]:
    with (company / "manual" / name).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_headers_are_subsets_of_the_documented_columns(company: Path) -> None:
    for path in (company / "manual").iterdir():
        header = list(rows(company, path.name)[0])
        assert [c for c in COLUMNS if c in header] == header


def test_every_row_has_a_date_an_amount_and_a_known_layer(company: Path) -> None:
    for path in (company / "manual").iterdir():
        for row in rows(company, path.name):
            assert "2026-05" <= row["date"][:7] <= "2026-10"
            assert len(row["date"]) in (7, 10)
            assert Decimal(row["amount"]) > 0
            assert row["layer"] in LAYER_NAMES


def test_people_are_hours_at_a_rate(company: Path) -> None:
    found = rows(company, "people.csv")
    assert len(found) == 30
    rates = {Decimal(r["amount"]) / Decimal(r["quantity"]) for r in found}
    assert rates == {Decimal(104), Decimal(112), Decimal(118)}


def test_annual_invoices_say_over_how_many_months_they_spread(company: Path) -> None:
    found = [r for name in ("licences.csv", "assurance.csv") for r in rows(company, name) if r["spread_months"]]
    assert [(r["date"], r["amount"], r["spread_months"]) for r in found] == [
        ("2026-05-01", "96000", "12"),
        ("2026-07-01", "18000", "12"),
        ("2026-06-10", "26400", "12"),
    ]


def test_one_supplier_invoices_in_euro_and_every_month_has_a_rate(company: Path) -> None:
    euro = {r["provider"] for r in rows(company, "labelling.csv") if r["currency"] == "EUR"}
    assert euro == {"Etikett Studio GmbH"}
    with (company / "rates.csv").open(encoding="utf-8", newline="") as text:
        rates = list(csv.DictReader(text))
    assert [r["date"] for r in rates] == [f"2026-{m:02d}-01" for m in range(5, 11)]
    assert all((r["from"], r["to"]) == ("EUR", "USD") and Decimal(r["rate"]) > 1 for r in rates)
