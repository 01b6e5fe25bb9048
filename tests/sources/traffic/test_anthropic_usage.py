"""Anthropic's usage report: both nestings of cache writes, the context of long prompts, the name of a bucket."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sources.traffic.conftest import DATA, ReadCalls, as_lines

NESTED, FLAT = DATA / "anthropic_usage" / "messages.json", DATA / "anthropic_usage" / "flat.json"
DAY = datetime(2026, 10, 5, tzinfo=UTC)
RESEARCH = {
    "time": DAY,
    "provider": "anthropic",
    "model": "claude-sonnet-4-5-20250929",
    "operation": "chat",
    "tier": "standard",
    "uncached": 1500,
    "cache_read": 200,
    "cache_write_5m": 500,
    "cache_write_1h": 1000,
    "output": 500,
    "web_searches": 10,
    "context": 0,
    "span_id": "messages|2026-10-05T00:00:00Z|2026-10-06T00:00:00Z|wrkspc_research|apikey_01|||"
    "claude-sonnet-4-5-20250929|standard|0-200k|not_available|standard",
    "project": "wrkspc_research",
    "key": "apikey_01",
}
LONG = {
    "time": DAY,
    "provider": "anthropic",
    "model": "claude-opus-4-6",
    "operation": "chat",
    "tier": "fast",
    "region": "us",
    "uncached": 900000,
    "cache_read": 0,
    "cache_write_5m": 0,
    "cache_write_1h": 0,
    "output": 4000,
    "web_searches": 0,
    "context": 200001,
    "span_id": "messages|2026-10-05T00:00:00Z|2026-10-06T00:00:00Z|||user_01||claude-opus-4-6|batch|200k-1M|us|fast",
    "user": "user_01",
}


def test_each_result_is_the_calls_of_a_window(read_calls: ReadCalls) -> None:
    found = read_calls(NESTED)
    assert (found.staged.source, found.staged.version, found.problems) == ("anthropic-usage", "usage-report", [])
    assert found.events == [RESEARCH, LONG]
    assert [note.split(": ")[1] for note in found.staged.notes] == [
        "the report does not say how many requests there were; each of its rows counts as one"
    ]


def test_cache_writes_that_are_not_nested(read_calls: ReadCalls) -> None:
    found = read_calls(FLAT)
    (event,) = found.events
    counts = ("uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output", "context")
    assert [event[name] for name in counts] == [10, 4, 3, 2, 7, 0]
    assert ["more pages" in n or "requests" in n or "context_window" in n for n in found.staged.notes] == [True] * 3


@pytest.mark.parametrize(
    ("value", "problem"),
    [("x", ("E-ROW-002", 1, "uncached")), (-2, ("E-CALL-001", 1, "uncached")), (1.5e30, ("E-ROW-002", 1, "uncached"))],
)
def test_counts_that_cannot_be_are_told(
    read_calls: ReadCalls, tmp_path: Path, value: object, problem: tuple[str, int, str]
) -> None:
    page = json.loads(NESTED.read_text(encoding="utf-8"))
    page["data"][0]["results"][0]["uncached_input_tokens"] = value
    found = read_calls(as_lines([page], tmp_path / "page.json"))
    assert (found.problems, len(found.events)) == ([problem], 2)


def test_a_day_and_its_first_hour_are_two_buckets(read_calls: ReadCalls, tmp_path: Path) -> None:
    page = json.loads(NESTED.read_text(encoding="utf-8"))
    page["data"].append({**page["data"][0], "ending_at": "2026-10-05T01:00:00Z"})
    found = read_calls(as_lines([page], tmp_path / "page.json"))
    assert len({event["span_id"] for event in found.events}) == 4
    assert sum("overlap" in note for note in found.staged.notes) == 1
