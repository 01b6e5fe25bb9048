"""Claude Code's telemetry: increases and running sums, logged requests, and no e-mail address."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.sources.traffic.conftest import DATA, Calls, ReadCalls, as_lines, records_of

FOLDER = DATA / "claude_code"
DELTA, CUMULATIVE, LOGS = (FOLDER / f"{name}.jsonl" for name in ("metrics_delta", "metrics_cumulative", "logs"))
WHO = {
    "team": "platform",
    "environment": "dev",
    "user": "acc-1",
    "session": "s-1",
    "account": "org-1",
}


def at(minute: int, second: int = 0) -> datetime:
    return datetime(2026, 10, 5, 14, minute, second, tzinfo=UTC)


def window(minute: int, model: str, cost: str, **counts: int) -> dict[str, Any]:
    return {
        "time": at(minute),
        "provider": "anthropic",
        "model": model,
        "operation": "chat",
        **counts,
        "context": 0,
        "status": "ok",
        "stated_cost": Decimal(cost),
        "stated_by": "local",
        **WHO,
    }


SONNET, HAIKU = "claude-sonnet-4-5-20250929", "claude-haiku-4-5-20251001"
FIRST = window(1, SONNET, "0.0342", uncached=20, cache_read=29000, cache_write_5m=5600, output=300)
NOT_CACHED = {"cache_read": 0, "cache_write_5m": 0}
SMALL = window(1, HAIKU, "0.00015", uncached=100, output=10, **NOT_CACHED)
SECOND = window(2, SONNET, "0.000756", uncached=2, output=50, **NOT_CACHED)
STARTED_AGAIN = window(3, SONNET, "0.00012", uncached=5, output=7, **NOT_CACHED)


def without_names(found: Calls) -> list[dict[str, Any]]:
    """The events in the order of their time, without their names."""
    kept = [{name: value for name, value in event.items() if name != "span_id"} for event in found.events]
    return sorted(kept, key=lambda event: (event["time"], -event["output"]))


def test_increases_of_each_interval(read_calls: ReadCalls) -> None:
    found = read_calls(DELTA)
    assert (found.staged.source, found.staged.version, found.problems) == ("claude-code", "counters", [])
    assert without_names(found) == [FIRST, SMALL, SECOND]
    assert len({event["span_id"] for event in found.events}) == 3
    assert found.events[0]["span_id"].startswith("claude_code|s-1|17912088600000")


def test_running_sums_are_what_they_grew(read_calls: ReadCalls) -> None:
    found = read_calls(CUMULATIVE)
    assert (without_names(found), found.problems) == ([FIRST, SMALL, SECOND, STARTED_AGAIN], [])


def test_running_sums_ask_for_all_of_a_session_in_one_file(read_calls: ReadCalls) -> None:
    told = [any("running sums" in note for note in read_calls(path).staged.notes) for path in (CUMULATIVE, DELTA)]
    assert told == [True, False]


REQUEST = {
    "time": at(0, 1),
    "provider": "anthropic",
    "model": SONNET,
    "operation": "chat",
    "uncached": 3,
    "cache_read": 24000,
    "cache_write_5m": 5000,
    "output": 240,
    "id": "req_01",
    "status": "ok",
    "latency_ms": 4500,
    "stated_cost": Decimal("0.029559"),
    "stated_by": "local",
    **WHO,
}
ON_BEDROCK = {
    "time": at(0, 2),
    "provider": "aws.bedrock",
    "model": "us.anthropic.claude-haiku-4-5-20251001-v1:0",
    "operation": "chat",
    "tier": "fast",
    "uncached": 9,
    "cache_read": 0,
    "cache_write_5m": 0,
    "output": 3,
    "status": "ok",
    "latency_ms": 800,
    "stated_cost": Decimal("0.00003"),
    "stated_by": "local",
    **WHO,
}
FAILED = {
    "time": at(0, 3),
    "provider": "anthropic",
    "model": SONNET,
    "operation": "chat",
    "status": "error",
    "latency_ms": 100,
    **WHO,
}


def test_each_logged_request(read_calls: ReadCalls) -> None:
    found = read_calls(LOGS)
    assert (found.staged.version, found.problems) == ("requests", [])
    assert [{k: v for k, v in e.items() if k != "span_id"} for e in found.events] == [REQUEST, ON_BEDROCK, FAILED]


def test_counters_beside_requests_do_not_count_twice(read_calls: ReadCalls, tmp_path: Path) -> None:
    both = as_lines([*records_of(DELTA), *records_of(LOGS)], tmp_path / "both.jsonl")
    found = read_calls(both)
    assert [event["status"] for event in found.events] == ["ok", "ok", "error"]
    assert ["left out" in note for note in found.staged.notes] == [True]


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    text = DELTA.read_text(encoding="utf-8")
    bad = text.replace('"asInt": "20"', '"asInt": "many"').replace('"asInt": "10"', '"asInt": "-10"')
    log = tmp_path / "metrics.jsonl"
    log.write_text(bad + '{"resourceMetrics": [{"resou\n{"resourceMetrics": 7}\n', encoding="utf-8")
    found = read_calls(log)
    assert sorted(found.problems) == [
        ("E-CALL-001", 1, "output"),
        ("E-ROW-001", 3, "time"),
        ("E-ROW-002", 1, "uncached"),
    ]
    assert len(found.events) == 3


def test_a_point_without_a_time_is_left_out(read_calls: ReadCalls, tmp_path: Path) -> None:
    lines = records_of(DELTA)
    metrics = lines[1]["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    for metric in metrics:
        for point in metric["sum"]["dataPoints"]:
            del point["timeUnixNano"]
    found = read_calls(as_lines(lines, tmp_path / "metrics.jsonl"))
    assert (found.problems, len(found.events)) == ([("E-ROW-003", 2, "time")], 2)
