"""Public traces, loaded and priced at 2.50 and 10.00 per million tokens, against golden answers made by others."""

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import workspace

from outlay.sources.source import Given
from outlay.views.prefix_cache import prompts, serve
from outlay.workspace import Workspace

FOLDER = Path(os.environ.get("OUTLAY_SAMPLE_DATA", "")) / "traces"
GOLDENS = FOLDER / "goldens.json"
pytestmark = pytest.mark.skipif(not GOLDENS.exists(), reason="OUTLAY_SAMPLE_DATA names no folder with traces")
PRICES = """
source: the price of the golden answers
recorded: 2026-11-21
prices:
  - {provider: openai, model: gpt-4o, from: 2020-01-01, prices: {input: 2.50, output: 10.00}}
"""
MODEL = {"provider": "openai", "model": "gpt-4o"}
WINDOWS = {"time": "window_start_s", "input": "mean_input_tokens", "output": "mean_output_tokens", "tenant": "client"}
TRACES: dict[str, tuple[dict[str, str], str]] = {
    "azure_llm_2023_conv": ({"time": "timestamp", "input": "context_tokens", "output": "generated_tokens"}, ""),
    "mooncake_synthetic": (
        {"time": "timestamp_ms", "input": "input_length", "output": "output_length", "prefix": "hash_ids"},
        "2026-01-01",
    ),
    "ragpulse_part_a": (
        {"time": "timestamp_s", "input": "input_tokens", "output": "output_tokens", "session": "session_id"},
        "2026-02-01",
    ),
    "servegen_deepseek_r1_10min": (WINDOWS, "2026-03-01"),
    "servegen_m_large_10min": (WINDOWS, "2026-04-01"),
}
EACH = [name for name in TRACES if not name.startswith("servegen")]
WINDOWED = [name for name in TRACES if name.startswith("servegen")]


def golden(name: str) -> Any:
    text = GOLDENS.read_text(encoding="utf-8")
    try:
        found = json.loads(text)
        entries = found if isinstance(found, list) else found["goldens"]
    except ValueError:
        entries = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return next(entry["value"] for entry in entries if entry["id"] == name)


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Workspace]]:
    """Each trace in a workspace of its own."""
    from outlay.cli.options import parse_moment

    found = {}
    for name, (columns, origin) in TRACES.items():
        opened = workspace(tmp_path_factory.mktemp(name) / "work")
        (opened.folder / "prices").mkdir()
        (opened.folder / "prices" / "golden.yaml").write_text(PRICES, encoding="utf-8")
        start = parse_moment(f"{origin}T00:00:00Z") if origin else None
        opened.load([FOLDER / "llm" / f"{name}.parquet"], only="usage", given=Given(columns, MODEL, start))
        found[name] = opened
    yield found


def ask(opened: Workspace, sql: str) -> tuple[Any, ...]:
    return opened.connection.execute(sql.format(events=opened.relation("events"))).fetchall()[0]


def near(found: Any, expected: float) -> bool:
    return float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", EACH)
def test_tokens_and_requests(traces: dict[str, Workspace], name: str) -> None:
    value = golden(f"{name}.totals")
    found = ask(traces[name], "SELECT count(*), sum(input), sum(output) FROM {events}")
    assert found == (value["requests"], value["input_tokens"], value["output_tokens"])
    assert near(found[2] / (found[1] + found[2]), value["output_token_share"])


@pytest.mark.parametrize("name", EACH)
def test_tokens_of_a_request(traces: dict[str, Workspace], name: str) -> None:
    value = golden(f"{name}.per_request")
    for column in ("input", "output"):
        quantiles = ", ".join(f"quantile_cont({column}, {q})" for q in (0.5, 0.95, 0.99))
        mean, p50, p95, p99, most = ask(
            traces[name], f"SELECT avg({column}), {quantiles}, max({column}) FROM {{events}}"
        )
        expected = value[column]
        assert near(mean, expected["mean"])
        assert [near(found, expected[q]) for found, q in ((p50, "p50"), (p95, "p95"), (p99, "p99"))] == [True] * 3
        assert most == expected["max"]


@pytest.mark.parametrize("name", EACH)
def test_costs_and_who_has_the_most(traces: dict[str, Workspace], name: str) -> None:
    value = golden(f"{name}.cost")
    total, output, p50, p99, count = ask(
        traces[name],
        "SELECT sum(cost), sum(output) * 0.00001, quantile_cont(CAST(cost AS DOUBLE), 0.5), "
        "quantile_cont(CAST(cost AS DOUBLE), 0.99), count(*) FROM {events}",
    )
    assert total == Decimal(str(value["total_usd"]))
    assert near(output / total, value["output_cost_share"])
    assert near(total / count, value["mean_usd"])
    assert near(p50, value["p50_usd"]) and near(p99, value["p99_usd"])
    for part, key in ((100, "top1pct_share"), (10, "top10pct_share")):
        (most,) = ask(
            traces[name],
            f"SELECT sum(cost) FROM (SELECT cost FROM {{events}} ORDER BY cost DESC LIMIT {count // part})",
        )
        assert near(most / total, value[key])


@pytest.mark.parametrize("name", WINDOWED)
def test_windows_of_many_requests(traces: dict[str, Workspace], name: str) -> None:
    value = golden(f"{name}.totals")
    found = ask(
        traces[name],
        "SELECT count(DISTINCT tenant), sum(requests), sum(requests) FILTER (WHERE cost IS NOT NULL), "
        "sum(input), sum(output), sum(cost) FROM {events}",
    )
    assert found[0] == value["clients"]
    expected = [value[k] for k in ("requests_all", "requests_with_tokens", "input_tokens", "output_tokens")]
    assert [near(f, e) for f, e in zip(found[1:], [*expected, value["usd_at_fixed_price"]], strict=True)] == [True] * 5


@pytest.mark.parametrize("name", WINDOWED)
def test_a_few_tenants_cause_most_of_it(traces: dict[str, Workspace], name: str) -> None:
    value = golden(f"{name}.concentration")
    opened = traces[name]
    charges = opened.metered()
    rows = opened.connection.execute(
        f"SELECT x_TenantId, sum(x_MeteredCost) AS cost FROM {charges} GROUP BY 1 "
        "HAVING cost IS NOT NULL ORDER BY cost DESC, 1"
    ).fetchall()
    total = sum(cost for _, cost in rows)
    for count, key in ((1, "top1"), (5, "top5"), (10, "top10")):
        assert near(sum(cost for _, cost in rows[:count]) / total, value[key])
    running, needed = Decimal(0), 0
    while running < total * Decimal("0.8"):
        running, needed = running + rows[needed][1], needed + 1
    assert needed == value["clients_for_80pct"]
    assert {t: pytest.approx(float(c), rel=1e-6) for t, c in rows[:3]} == value["top3"]


@pytest.mark.parametrize(("ttl", "key"), [(None, "unbounded"), (300, "ttl_300s"), (60, "ttl_60s")])
def test_what_a_cache_of_prefixes_serves(traces: dict[str, Workspace], ttl: float | None, key: str) -> None:
    value = golden("mooncake_synthetic.prefix_cache")[key]
    opened = traces["mooncake_synthetic"]
    found = serve(prompts(opened.connection, opened.relation("events")), ttl)
    assert found.cached == value["cached_tokens"]
    assert near(found.share_of_tokens, value["hit_token_share"])
    assert near(found.share_of_requests, value["requests_with_any_hit"])
    (total,) = ask(opened, "SELECT sum(cost) FROM {events}")
    for off in (50, 90):
        saved = found.saving(Decimal("0.0000025"), Decimal(off) / 100)
        assert near(saved / total, value[f"saving_share_of_total_cost_at_{off}pct_discount"])
