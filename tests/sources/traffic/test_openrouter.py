"""OpenRouter and xAI: what they state of a call and what they charge for it, in each shape that they give it."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.sources.traffic.conftest import DATA, ReadCalls, as_csv, as_lines, records_of

FOLDER = DATA / "openrouter"
CLAUDE = {
    "time": datetime(2026, 10, 5, 14, 0, tzinfo=UTC),
    "provider": "openrouter",
    "model": "anthropic/claude-sonnet-4.6",
    "operation": "chat",
    "input": 18054,
    "cache_read": 18041,
    "output": 120,
    "reasoning": 30,
    "image_output": 0,
    "id": "gen-1",
    "status": "ok",
    "latency_ms": 1800,
    "stated_cost": Decimal("0.0055"),
    "stated_by": "provider",
    "user": "user-7",
}
OWN_KEY = {
    "time": datetime(2026, 10, 5, 14, 1, tzinfo=UTC),
    "provider": "openrouter",
    "model": "openai/gpt-4.1",
    "operation": "chat",
    "input": 40,
    "cache_read": 0,
    "output": 0,
    "id": "gen-2",
    "status": "cancelled",
    "latency_ms": 90,
    "stated_cost": Decimal("0.0001"),
    "stated_by": "provider",
}
DAY = {
    "time": datetime(2026, 10, 4, tzinfo=UTC),
    "provider": "openrouter",
    "model": "openai/gpt-4.1-2025-04-14",
    "operation": "chat",
    "requests": 5,
    "input": 50,
    "output": 125,
    "reasoning": 25,
    "span_id": "2026-10-04|openai/gpt-4.1-2025-04-14|openai/gpt-4.1|550e8400-e29b-41d4-a716-446655440000",
    "status": "ok",
    "stated_cost": Decimal("0.015"),
    "stated_by": "provider",
}
EXPORTED = {
    "time": datetime(2026, 10, 5, 14, 0, 0, 123000, tzinfo=UTC),
    "provider": "openrouter",
    "model": "openai/gpt-5-mini-2025-08-07",
    "operation": "chat",
    "input": 1200,
    "cache_read": 1000,
    "output": 80,
    "reasoning": 16,
    "id": "gen-3",
    "status": "ok",
    "latency_ms": 1450,
    "stated_cost": Decimal("0.00042"),
    "stated_by": "provider",
    "project": "Answers",
    "user": "user-7",
    "key": "search-prod",
}
ANSWER = {
    "time": datetime(2026, 10, 5, 14, 0, tzinfo=UTC),
    "provider": "openrouter",
    "model": "openai/gpt-4o",
    "operation": "chat",
    "input": 194,
    "cache_read": 10,
    "cache_write_5m": 100,
    "output": 2,
    "reasoning": 0,
    "audio_input": 0,
    "image_output": 0,
    "id": "gen-4",
    "status": "ok",
    "stated_cost": Decimal("0.00014"),
    "stated_by": "provider",
}
GROK = {
    "time": datetime(2026, 10, 5, 14, 0, tzinfo=UTC),
    "provider": "x_ai",
    "model": "grok-4",
    "operation": "chat",
    "tier": "standard",
    "input": 9212,
    "cache_read": 3072,
    "output": 3417,
    "reasoning": 400,
    "id": "resp-5",
    "status": "ok",
    "stated_cost": Decimal("0.00491"),
    "stated_by": "provider",
}


def test_generations(read_calls: ReadCalls, tmp_path: Path) -> None:
    found = read_calls(FOLDER / "generations.jsonl")
    assert (found.staged.source, found.staged.version, found.problems) == ("openrouter", "generation", [])
    assert found.events == [CLAUDE, OWN_KEY]
    assert ["a key of your own" in note for note in found.staged.notes] == [True]
    array = tmp_path / "array.json"
    array.write_text(json.dumps([r["data"] for r in records_of(FOLDER / "generations.jsonl")]), encoding="utf-8")
    assert read_calls(array).events == [CLAUDE, OWN_KEY]


def test_the_activity_of_a_day(read_calls: ReadCalls, tmp_path: Path) -> None:
    activity = FOLDER / "activity.json"
    rows = json.loads(activity.read_text(encoding="utf-8"))["data"]
    for file in (activity, as_csv(rows, tmp_path / "activity.csv")):
        found = read_calls(file)
        assert (found.staged.version, found.problems, found.events) == ("activity", [], [DAY])


def test_the_export_of_the_activity_page(read_calls: ReadCalls) -> None:
    found = read_calls(FOLDER / "export.csv")
    assert (found.staged.version, found.problems, found.events) == ("export", [], [EXPORTED])


def test_answers_with_their_usage(read_calls: ReadCalls) -> None:
    found = read_calls(FOLDER / "answers.jsonl")
    assert (found.staged.version, found.problems, found.events) == ("answers", [], [ANSWER])


def test_ticks_of_xai_are_ten_thousand_millionths_of_a_dollar(read_calls: ReadCalls) -> None:
    found = read_calls(FOLDER / "xai.jsonl")
    assert (found.staged.version, found.problems, found.events) == ("xai", [], [GROK])


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    answer = records_of(FOLDER / "answers.jsonl")[0]
    rows = [
        answer,
        {**answer, "usage": {"prompt_tokens": "x", "completion_tokens": 1, "cost": "much"}},
        {
            **answer,
            "usage": {"prompt_tokens": 5, "completion_tokens": -1, "prompt_tokens_details": {"cached_tokens": 6}},
        },
        {**answer, "usage": None},
        {**answer, "created": None},
    ]
    log = as_lines(rows, tmp_path / "log.jsonl")
    log.write_text(log.read_text(encoding="utf-8") + '{"id": "gen-9", "usa\n', encoding="utf-8")
    found = read_calls(log)
    assert found.problems == [
        ("E-ROW-002", 2, "input"),
        ("E-ROW-002", 2, "stated_cost"),
        ("E-CALL-001", 3, "output"),
        ("W-CALL-002", 3, "input"),
        ("W-CALL-004", 4, "input"),
        ("E-ROW-003", 5, "time"),
        ("E-ROW-001", 6, "time"),
    ]
    assert ["stated_by" in event for event in found.events] == [True, True, False, False]
