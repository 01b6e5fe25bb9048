"""What the telemetry of the demo company saw, against the truth about its calls and against its invoices."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from gzip import decompress
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import Result

from outlay.demo.invoices import list_prices, token_sku
from outlay.demo.traffic import DIRECTIONS, streams
from outlay.model.charge import literal
from outlay.prices.own import book_of

Table = duckdb.DuckDBPyConnection
KEY = ("day", "provider", "model")
UNITS = {"input": "input", "cached_input": "cache_read", "cache_write": "cache_write_5m", "output": "output"}


@pytest.fixture(scope="module")
def windows(company: Path) -> Iterator[Table]:
    """A connection with the table `windows`: every row of every month, its `day`, and its `uncached` input."""
    files = literal(str(company / "traffic" / "usage-*.parquet"))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE windows AS SELECT *, strftime(time, '%Y-%m-%d') AS day, parse_filename(filename) AS file,"
            " input - coalesce(cache_read, 0) - coalesce(cache_write_5m, 0) AS uncached"
            f" FROM read_parquet({files}, filename = true)"
        )
        yield connection


@pytest.fixture(scope="module")
def metered(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """What metering saw by day, provider and model, as the truth has it."""
    return [dict(zip(truth["metered"]["columns"], row, strict=True)) for row in truth["metered"]["rows"]]


def seen(row: dict[str, Any], direction: str) -> int:
    """The tokens of a row of the truth that were seen: those of the calls that were not lost."""
    kept, calls = int(row["calls"]) - int(row["lost_calls"]), int(row["calls"])
    return int(row[direction]) * kept // calls


def test_windows_are_those_of_the_truth(windows: Table, metered: list[dict[str, Any]]) -> None:
    found = windows.execute(
        "SELECT day, provider, model, sum(requests) FILTER (status = 'ok'),"
        " coalesce(sum(requests) FILTER (status = 'error'), 0), coalesce(sum(uncached), 0),"
        " coalesce(sum(cache_read), 0), coalesce(sum(cache_write_5m), 0), coalesce(sum(output), 0)"
        " FROM windows GROUP BY 1, 2, 3"
    ).fetchall()
    due = {tuple(r[k] for k in (*KEY, "requests", "failed", *DIRECTIONS)) for r in metered}
    assert len(found) == len(metered) > 184 * 4
    assert set(found) == due


def test_what_was_seen_and_what_was_lost_is_all(metered: list[dict[str, Any]], tokens: list[dict[str, Any]]) -> None:
    used: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in tokens:
        calls, sums = row["calls"], sum(row[d] for d in DIRECTIONS)
        used[row["day"], row["model"]][0] += calls
        used[row["day"], row["model"]][1] += sums
    for row in metered:
        calls = row["requests"] + row["lost_calls"]
        assert [calls, sum(row[d] for d in DIRECTIONS) + row["lost_tokens"]] == used.pop((row["day"], row["model"]))
    assert not used


def test_a_tenant_has_the_calls_and_tokens_that_were_not_lost(windows: Table, tokens: list[dict[str, Any]]) -> None:
    found = windows.execute(
        "SELECT day, feature, environment, tenant, model, requests, uncached, coalesce(cache_read, 0),"
        " coalesce(cache_write_5m, 0), coalesce(output, 0) FROM windows WHERE status = 'ok'"
    ).fetchall()
    who = ("day", "feature", "environment", "tenant", "model")
    due = [
        (*(r[k] for k in who), r["calls"] - r["lost_calls"], *(seen(r, d) for d in DIRECTIONS))
        for r in tokens
        if r["calls"] > r["lost_calls"]
    ]
    assert sorted(found) == sorted(due)


def test_billed_tokens_are_those_of_the_invoices(bills: Table, metered: list[dict[str, Any]]) -> None:
    skus = {token_sku(m, d).id: m for m, prices in list_prices().items() for d in prices}
    billed: dict[tuple[str, str], int] = defaultdict(int)
    for day, sku, quantity in bills.execute(
        "SELECT left(ChargePeriodStart, 10), SkuId, ConsumedQuantity::DECIMAL(38,6) FROM bills"
        " WHERE regexp_matches(file, '^(openai|anthropic)') AND SkuId IS NOT NULL"
    ).fetchall():
        billed[day, skus[sku]] += int(quantity)
    assert billed == {(r["day"], r["model"]): r["billed_tokens"] for r in metered}


@pytest.mark.parametrize(("provider", "least", "most"), [("openai", "0.94", "0.99"), ("anthropic", "0.94", "0.98")])
def test_every_day_covers_most_of_its_invoice(
    metered: list[dict[str, Any]], provider: str, least: str, most: str
) -> None:
    days: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in (r for r in metered if r["provider"] == provider):
        days[row["day"]][0] += sum(row[d] for d in DIRECTIONS)
        days[row["day"]][1] += row["billed_tokens"]
    assert len(days) == 184
    assert all(Decimal(least) < Decimal(have) / billed < Decimal(most) for have, billed in days.values())


def test_failed_calls_have_unknown_tokens_and_are_about_one_percent(windows: Table) -> None:
    known = "coalesce(input, cache_read, cache_write_5m, output) IS NOT NULL"
    failed, odd, all_calls = windows.execute(
        f"SELECT sum(requests) FILTER (status = 'error'), count(*) FILTER (status = 'error' AND {known}),"
        " sum(requests) FROM windows"
    ).fetchall()[0]
    assert odd == 0
    assert 0.009 < failed / all_calls < 0.013
    assert windows.execute("SELECT count(*) FROM windows WHERE requests < 1").fetchall() == [(0,)]
    assert windows.execute("SELECT DISTINCT status, counts FROM windows ORDER BY 1").fetchall() == [
        ("error", "total"),
        ("ok", "total"),
    ]


def test_answered_calls_have_the_tokens_that_their_model_has(windows: Table) -> None:
    def having(column: str) -> set[str]:
        query = f"SELECT model, count({column}) = count(*) FROM windows WHERE status = 'ok' GROUP BY 1"
        return {model for model, whole in windows.execute(query).fetchall() if whole}

    everybody = set(list_prices())
    assert having("input") == everybody
    assert having("output") == having("cache_read") == everybody - {"text-embedding-3-large"}
    # Development and staging write nothing into a cache.
    query = "SELECT DISTINCT feature, environment FROM windows WHERE cache_write_5m IS NOT NULL"
    assert windows.execute(query).fetchall() == [("reply-drafts", "production")]


def test_a_file_holds_the_days_of_its_month_and_every_project(windows: Table) -> None:
    found = windows.execute("SELECT file, min(day), max(day), count(DISTINCT day) FROM windows GROUP BY 1").fetchall()
    assert len(found) == 6
    for file, first, last, days in found:
        month = file.removeprefix("usage-").removesuffix(".parquet")
        assert (first, last[:7], int(last[8:])) == (f"{month}-01", month, days)
    ((projects,),) = windows.execute("SELECT list(DISTINCT project) FROM windows").fetchall()
    assert set(projects) == {s.facts["account"] for s in streams(7)}


def test_list_prices_are_those_of_the_price_book_on_every_day() -> None:
    book = book_of(None)
    providers = {s.model: s.provider for s in streams(7)}
    for model, prices in list_prices().items():
        for day in (datetime(2026, month, number, 12, tzinfo=UTC) for month in range(5, 11) for number in range(1, 31)):
            found = book.at(providers[model], model, day, "standard", 10_000)
            assert {d: found[UNITS[d]].each * 1_000_000 for d in prices} == {d: Decimal(p) for d, p in prices.items()}


def test_loading_gives_every_feature_its_tokens_at_list_price(
    demo: tuple[Path, Result], ask: Callable[..., Any]
) -> None:
    truth = json.loads(decompress((demo[0] / ".truth" / "truth.json.gz").read_bytes()))
    due: dict[str, Decimal] = defaultdict(Decimal)
    for cells in truth["tokens"]["rows"]:
        row = dict(zip(truth["tokens"]["columns"], cells, strict=True))
        for direction, price in truth["factors"]["list_price_per_mtok"][row["model"]].items():
            due[row["feature"]] += seen(row, direction) * Decimal(price) / 1_000_000
    told = ask("costs", "--by", "feature", "--kind", "metered", "--workspace", demo[0])
    assert {row["feature"]: Decimal(row["cost"]) for row in told["rows"]} == due
