"""What no cloud bills, as the plain CSV files that finance and team leads keep: people, licences, audits."""

from decimal import Decimal
from typing import Any

from outlay.demo.facts import document
from outlay.demo.timeline import Month, months

Table = tuple[list[str], list[dict[str, str]]]


def manual_files() -> dict[str, Table]:
    """Columns and rows of every file in `manual/`, oldest rows first."""
    return {name: (facts["columns"], _rows(facts)) for name, facts in document("manual")["files"].items()}


def _rows(facts: dict[str, Any]) -> list[dict[str, str]]:
    rows = []
    for month in months():
        for item in facts["rows"]:
            found = _row(facts.get("same", {}) | item, month)
            if found is not None:
                rows.append({column: found.get(column, "") for column in facts["columns"]})
    return rows


def _row(item: dict[str, Any], month: Month) -> dict[str, str] | None:
    """The item's row in `month`, None where it has no amount."""
    values = item.get("hours") or item["amounts"]
    value = values[month.number - 1]
    if value == "null":
        return None
    row = {k: v for k, v in item.items() if isinstance(v, str)}
    row["date"] = f"{month.name}-{int(item['day']):02d}" if "day" in item else month.name
    if "invoice" in item and "spread_months" not in item:
        row["invoice"] = f"{item['invoice']}-{month.name}"
    return row | _amounts(item, Decimal(value))


def _amounts(item: dict[str, Any], value: Decimal) -> dict[str, str]:
    """Amount and quantity: from hours and a rate, from an amount and a unit price, or the amount alone."""
    if "rate" in item:
        return {"quantity": str(value), "amount": str(value * Decimal(item["rate"]))}
    if "unit_price" in item:
        return {
            "quantity": str(int(value / Decimal(item["unit_price"]))),
            "amount": str(value),
        }
    return {"amount": str(value)}


def rate_rows() -> list[dict[str, str]]:
    """One exchange rate per month, for the invoices in euro."""
    rates = document("manual")["rates"]
    pairs = zip(months(), rates["by_month"], strict=True)
    return [{"date": f"{m.name}-01", "from": rates["from"], "to": rates["to"], "rate": r} for m, r in pairs]


def monthly_amounts() -> dict[tuple[str, str], Decimal]:
    """What each (month, layer) bears in USD: an invoice with `spread_months` counts in equal parts."""
    rates = {r["date"][:7]: Decimal(r["rate"]) for r in rate_rows()}
    sums: dict[tuple[str, str], Decimal] = {}
    for _, rows in manual_files().values():
        for row in rows:
            rate = rates[row["date"][:7]] if row.get("currency") == "EUR" else Decimal(1)
            spread = int(row.get("spread_months") or 1)
            for name in [m.name for m in months() if m.name >= row["date"][:7]][:spread]:
                key = (name, row["layer"])
                sums[key] = sums.get(key, Decimal(0)) + Decimal(row["amount"]) * rate / spread
    return sums
