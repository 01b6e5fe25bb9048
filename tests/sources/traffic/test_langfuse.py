"""Langfuse's observations: its blob export in every format, a page of its API, and what is no call of a model."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.sources.traffic.conftest import DATA, ReadCalls, as_csv, as_lines, as_parquet, records_of

EXPORT, PAGE = DATA / "langfuse" / "observations.jsonl", DATA / "langfuse" / "page.json"
ANSWER = {
    "time": datetime(2026, 10, 5, 13, 46, 19, 963000, tzinfo=UTC),
    "provider": "openai",
    "model": "gpt-5.1",
    "operation": "chat",
    "uncached": 200,
    "cache_read": 800,
    "output": 300,
    "reasoning": 210,
    "audio_output": 0,
    "span_id": "obs-1",
    "trace_id": "trace-1",
    "parent_id": "obs-0",
    "status": "ok",
    "latency_ms": 2000,
    "stated_cost": Decimal("0.0042"),
    "stated_by": "local",
    "team": "search",
    "project": "proj-1",
    "feature": "search",
    "tenant": "acme",
    "environment": "production",
    "prompt_version": "answer:3",
    "release": "2026.10",
    "user": "user-7",
    "session": "s-1",
}
CLASSIFY = {
    "time": datetime(2026, 10, 5, 13, 47, tzinfo=UTC),
    "provider": "anthropic",
    "model": "claude-haiku-4-5",
    "operation": "chat",
    "uncached": 10,
    "cache_read": 40,
    "cache_write_5m": 30,
    "cache_write_1h": 5,
    "output": 6,
    "span_id": "obs-2",
    "trace_id": "trace-1",
    "parent_id": "obs-0",
    "status": "error",
    "latency_ms": 1250,
    "stated_cost": Decimal("0.0001"),
    "stated_by": "local",
    "project": "proj-1",
    "environment": "production",
}
EMBED = {
    "time": datetime(2026, 10, 5, 14, 0, tzinfo=UTC),
    "model": "text-embedding-3-small",
    "operation": "embeddings",
    "uncached": 512,
    "span_id": "obs-4",
    "trace_id": "trace-2",
    "status": "ok",
    "stated_cost": Decimal("0.00001024"),
    "stated_by": "local",
    "project": "proj-1",
    "environment": "default",
}


@pytest.mark.parametrize("kind", ["jsonl", "json", "csv", "parquet"])
def test_each_call_of_a_model_has_what_the_export_says(read_calls: ReadCalls, tmp_path: Path, kind: str) -> None:
    records = records_of(EXPORT)
    array, table = tmp_path / "array.json", as_csv(records, tmp_path / "table.csv")
    array.write_text(json.dumps(records), encoding="utf-8")
    files = {"jsonl": EXPORT, "json": array, "csv": table, "parquet": as_parquet(table, tmp_path / "table.parquet")}
    found = read_calls(files[kind])
    assert (found.staged.source, found.staged.version, found.problems) == ("langfuse", "export", [])
    assert found.events == [ANSWER, CLASSIFY, EMBED]


def test_a_page_of_the_api(read_calls: ReadCalls) -> None:
    found = read_calls(PAGE)
    assert (found.staged.version, found.problems) == ("api", [])
    not_there = ("team", "feature", "tenant", "release", "user", "session", "reasoning", "audio_output")
    assert found.events == [{name: value for name, value in ANSWER.items() if name not in not_there}]


def changed(**values: Any) -> dict[str, Any]:
    return {**records_of(EXPORT)[0], **values}


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    rows = [
        changed(usage_details={"input": "x", "output": 1}),
        changed(usage_details={"input": 1, "output": 1, "output_reasoning_tokens": "y"}),
        changed(usage_details={"input": -1, "output": 1}),
        changed(usage_details={}),
        changed(type="SPAN", usage_details={"input": "x"}),
        changed(start_time="yesterday"),
    ]
    export = as_lines(rows, tmp_path / "export.jsonl")
    export.write_text(export.read_text(encoding="utf-8") + '{"id": "cut\n', encoding="utf-8")
    found = read_calls(export)
    assert found.problems == [
        ("E-ROW-002", 1, "uncached"),
        ("E-ROW-002", 2, "output"),
        ("E-ROW-002", 2, "reasoning"),
        ("E-CALL-001", 3, "uncached"),
        ("W-CALL-004", 4, "uncached"),
        ("E-ROW-004", 6, "time"),
        ("E-ROW-001", 7, "time"),
    ]
    assert len(found.events) == 4
