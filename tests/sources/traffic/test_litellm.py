"""LiteLLM's spend logs: every column of its calls, its cache, its failures, and rows that are wrong."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import workspace
from tests.calls import ask
from tests.sources.traffic.conftest import DATA, ReadCalls, as_csv, as_lines, as_parquet, records_of

LOGS = DATA / "litellm" / "spend_logs.json"
OPENAI = {
    "time": datetime(2026, 10, 5, 16, 30, 36, 80000, tzinfo=UTC),
    "provider": "openai",
    "model": "gpt-4o",
    "operation": "acompletion",
    "tier": "flex",
    "requests": 1,
    "input": 1200,
    "cache_read": 1000,
    "output": 300,
    "reasoning": 120,
    "audio_input": 0,
    "audio_output": 0,
    "image_input": 20,
    "id": "chatcmpl-1",
    "status": "ok",
    "latency_ms": 2250,
    "stated_cost": Decimal("0.0125"),
    "stated_by": "local",
    "team": "Search",
    "feature": "answers",
    "tenant": "acme",
    "environment": "production",
    "prompt_version": "answer:4",
    "user": "user-7",
    "session": "s-1",
    "key": "search-prod",
}
CLAUDE = {
    "time": datetime(2026, 10, 5, 16, 31, tzinfo=UTC),
    "provider": "bedrock",
    "model": "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "operation": "anthropic_messages",
    "requests": 1,
    "input": 3045,
    "cache_read": 40,
    "cache_write_5m": 1000,
    "cache_write_1h": 2000,
    "output": 511,
    "web_searches": 2,
    "id": "msg_2",
    "span_id": "call-2",
    "status": "ok",
    "latency_ms": 3900,
    "stated_cost": Decimal("0.00858"),
    "stated_by": "local",
    "team": "team-2",
    "tenant": "acme",
    "session": "s-2",
    "key": "hash-2",
}
TOKENS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning")
SOUNDS = ("audio_input", "audio_output", "image_input", "image_output", "web_searches")
CACHED = {
    "time": datetime(2026, 10, 5, 16, 32, tzinfo=UTC),
    "provider": "openai",
    "model": "gpt-4o",
    "operation": "acompletion",
    "requests": 0,
    **dict.fromkeys((*TOKENS, *SOUNDS), 0),
    "id": "chatcmpl-1_cache_hit17",
    "status": "cached",
    "latency_ms": 4,
    "stated_cost": Decimal(0),
    "stated_by": "local",
    "team": "team-1",
    "key": "hash-2",
}
FAILED = {
    "time": datetime(2026, 10, 5, 16, 33, tzinfo=UTC),
    "model": "chat-large",
    "operation": "acompletion",
    "requests": 1,
    "id": "failed-4",
    "status": "error",
    "latency_ms": 1000,
    "stated_cost": Decimal(0),
    "stated_by": "local",
    "key": "hash-2",
}


def test_each_call_has_what_the_log_says(read_calls: ReadCalls) -> None:
    found = read_calls(LOGS)
    assert (found.staged.source, found.staged.version, found.problems) == ("litellm", "spend-logs", [])
    assert found.events == [OPENAI, CLAUDE, CACHED, FAILED]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_a_dump_of_the_table_says_the_same(read_calls: ReadCalls, tmp_path: Path, kind: str) -> None:
    records = records_of(LOGS)
    table = as_csv(records, tmp_path / "logs.csv")
    lines = as_lines(records, tmp_path / "logs.jsonl")
    files = {"csv": table, "jsonl": lines, "parquet": as_parquet(table, tmp_path / "logs.parquet")}
    assert read_calls(files[kind]).events == [OPENAI, CLAUDE, CACHED, FAILED]


def changed(**values: Any) -> dict[str, Any]:
    return {**records_of(LOGS)[0], **values}


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    rows = [
        changed(),
        changed(prompt_tokens="many"),
        changed(prompt_tokens=-5),
        changed(prompt_tokens=200),
        changed(startTime=None),
        changed(prompt_tokens=None, completion_tokens=None, metadata={}),
        changed(startTime="2026-10-06 01:00:00"),
    ]
    logs = as_lines(rows, tmp_path / "logs.jsonl")
    logs.write_text(logs.read_text(encoding="utf-8") + '{"request_id": "cut", "prompt_to\n[1]\n', encoding="utf-8")
    found = read_calls(logs)
    assert found.problems == [
        ("E-ROW-002", 2, "input"),
        ("E-CALL-001", 3, "input"),
        ("W-CALL-002", 4, "input"),
        ("E-ROW-003", 5, "time"),
        ("W-CALL-004", 6, "input"),
        ("E-ROW-001", 8, "time"),
        ("E-ROW-001", 9, "time"),
    ]
    assert [e.get("input") for e in found.events] == [1200, None, -5, 200, None, 1200]
    assert found.staged.left_out == 3
    assert found.events[-1]["time"] == datetime(2026, 10, 6, 1, tzinfo=UTC)


def test_a_log_whose_first_line_is_cut_is_read(read_calls: ReadCalls, tmp_path: Path) -> None:
    logs = as_lines([changed(), changed()], tmp_path / "logs.jsonl")
    logs.write_text('{"request_id": "cut", "pro\n' + logs.read_text(encoding="utf-8"), encoding="utf-8")
    found = read_calls(logs)
    assert (found.problems, len(found.events)) == ([("E-ROW-001", 1, "time")], 2)


def test_pages_one_after_the_other_are_read(read_calls: ReadCalls, tmp_path: Path) -> None:
    pages = as_lines([{"data": [changed()]}, {"data": [changed(), changed()]}], tmp_path / "pages.jsonl")
    assert len(read_calls(pages).events) == 3


@pytest.mark.parametrize("name", ["a{b", "{raw}", "{}", "_t_time", "_v_model", "json", "n"])
def test_a_table_with_a_column_of_any_name_is_read(read_calls: ReadCalls, tmp_path: Path, name: str) -> None:
    records = [{**record, name: "soon"} for record in records_of(LOGS)]
    table = as_csv(records, tmp_path / "logs.csv")
    plain = as_csv(records_of(LOGS), tmp_path / "plain.csv")
    found = [read_calls(file) for file in (table, as_parquet(table, tmp_path / "logs.parquet"), plain)]
    assert [calls.events for calls in found] == [found[2].events] * 3


def test_a_failed_call_without_tokens_is_not_free(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    none = {"metadata": {}, "prompt_tokens": 0, "completion_tokens": 0, "spend": 0, "status": "failure"}
    rows = [
        changed(request_id="a", **none),
        changed(request_id="b", **{**none, "prompt_tokens": 7, "completion_tokens": 1}),
    ]
    assert opened.load([as_lines(rows, tmp_path / "logs.jsonl")]).problems == ()
    found = ask(opened, "SELECT input, output, cost, unpriced FROM {} ORDER BY id")
    assert found[0] == (None, None, None, "failed without token counts")
    assert (found[1][:2], found[1][2] > 0, found[1][3]) == ((7, 1), True, None)
