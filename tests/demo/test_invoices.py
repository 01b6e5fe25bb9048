"""The invoices of the model providers against the truth about the traffic."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import duckdb

from outlay.demo.invoices import token_sku
from outlay.demo.traffic import DIRECTIONS

Bills = duckdb.DuckDBPyConnection
MODEL_BILLS = "regexp_matches(file, '^(openai|anthropic)')"


def test_an_invoice_is_whole_cents_although_its_lines_are_not(bills: Bills) -> None:
    found = bills.execute(
        "SELECT InvoiceId, sum(BilledCost), max(abs(BilledCost)) FILTER (ChargeCategory = 'Adjustment')"
        f" FROM bills WHERE {MODEL_BILLS} GROUP BY 1"
    ).fetchall()
    assert len(found) == 12
    for _, amount, rounding in found:
        assert amount == round(amount, 2)
        assert Decimal(0) < rounding <= Decimal("0.005")


def test_prices_are_below_list_by_the_negotiated_discount(bills: Bills) -> None:
    for issuer, factor in (("OpenAI", "0.92"), ("Anthropic", "0.95")):
        found = bills.execute(
            "SELECT DISTINCT ListUnitPrice, ContractedUnitPrice FROM bills"
            " WHERE InvoiceIssuerName = ? AND SkuId IS NOT NULL",
            [issuer],
        ).fetchall()
        assert found
        assert all(agreed == listed * Decimal(factor) for listed, agreed in found)


def test_the_invoice_counts_every_used_token_and_about_one_percent_more(
    bills: Bills, tokens: list[dict[str, Any]]
) -> None:
    used: dict[str, int] = defaultdict(int)
    for row in tokens:
        for direction in (d for d in DIRECTIONS if row[d]):
            used[token_sku(row["model"], direction).id] += row[direction]
    found = bills.execute(
        "SELECT SkuId, sum(ConsumedQuantity::DECIMAL(38,6)) FROM bills"
        f" WHERE {MODEL_BILLS} AND SkuId IS NOT NULL GROUP BY 1"
    ).fetchall()
    assert set(used) == {sku for sku, _ in found}
    for sku, billed in found:
        assert Decimal("1.008") < billed / used[sku] < Decimal("1.013")


def test_truth_knows_forty_tenants_and_calls_that_nobody_metered(tokens: list[dict[str, Any]]) -> None:
    tenants = {row["tenant"] for row in tokens}
    assert len(tenants - {"internal"}) == 40
    assert all(0 <= row["lost_calls"] <= row["calls"] for row in tokens)
    share = sum(row["lost_calls"] for row in tokens) / sum(row["calls"] for row in tokens)
    assert 0.005 < share < 0.05


def test_a_bloated_prompt_triples_the_input_of_a_call(tokens: list[dict[str, Any]]) -> None:
    def mean_input(first: str, last: str) -> float:
        found = [
            r
            for r in tokens
            if r["feature"] == "reply-drafts" and r["environment"] == "production" and first <= r["day"] <= last
        ]
        return float(sum(r["input"] for r in found) / sum(r["calls"] for r in found))

    assert mean_input("2026-09-08", "2026-09-24") > 3 * mean_input("2026-08-08", "2026-08-24")


def test_models_change_on_their_day(tokens: list[dict[str, Any]]) -> None:
    days: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in tokens:
        days[row["feature"], row["model"]].add(row["day"])
    assert max(days["part-captions", "gpt-5.2"]) == "2026-06-30"
    assert min(days["part-captions", "gpt-5.4-mini"]) == "2026-07-01"
    assert min(days["answers", "gpt-5.5"]) == "2026-08-01"
