"""Traces of OpenTelemetry: the cases that decide what a call costs, in JSON and protobuf, in two dialects."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.spans import CASES, Case, openinference, span_id, write_cases

from outlay.ledger.engine import connect
from outlay.model.event import CALL
from outlay.model.problem import Problem
from outlay.sources.staging import open_file, stage

Event = dict[str, Any]
NAMES = tuple(c.name for c in CALL)
PLACES = {span_id(i, j).hex(): case.name for i, case in enumerate(CASES) for j, _ in enumerate(case.spans)}


def events(path: Path, scratch: Path) -> tuple[list[Event], tuple[Problem, ...]]:
    """The events of a file, without what they do not say, and what was wrong with it."""
    with connect() as connection:
        staged = stage(open_file(path, connection, "otlp"), connection, scratch)
        rows = connection.execute(f"SELECT {', '.join(NAMES)} FROM ({staged.charges})").fetchall()
        assert len(rows) == staged.rows
    found = [{n: v for n, v in zip(NAMES, row, strict=True) if v is not None} for row in rows]
    return found, staged.problems


def by_case(found: Sequence[Event]) -> dict[str, list[Event]]:
    """The events of each case, by its name."""
    cases: dict[str, list[Event]] = {}
    for event in found:
        cases.setdefault(PLACES[event["span_id"]], []).append(event)
    return cases


USAGE = {"input": 10_000, "output": 1_000, "operation": "chat", "requests": 1, "status": "ok", "estimated": False}
OPENAI = {**USAGE, "provider": "openai", "model": "gpt-4o", "latency_ms": 1_000}
SONNET = {**OPENAI, "provider": "anthropic", "model": "claude-sonnet-4-5"}
GPT_5 = {**OPENAI, "model": "gpt-5"}
PROFILE = {"provider": "aws.bedrock", "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}
OPENROUTER = {"provider": "openrouter", "stated_by": "provider"}
# What each case says, beside times and ids; the cost is apart, for it is a decimal.
EXPECTED: dict[str, list[Event]] = {
    "plain": [OPENAI],
    "cache read is in the input": [{**OPENAI, "cache_read": 8_000}],
    "cache write, older name": [{**SONNET, "cache_read": 2_000, "cache_write_5m": 4_000}],
    "cache write": [{**SONNET, "cache_read": 2_000, "cache_write_5m": 4_000}],
    "cache write of an hour": [{**SONNET, "cache_write_5m": 0, "cache_write_1h": 4_000}],
    "input without cached tokens": [{**SONNET, "input": 5, "cache_read": 100_000}],
    "long prompt": [{**OPENAI, "provider": "gcp.gemini", "model": "gemini-2.5-pro", "input": 300_000}],
    "flex tier": [{**GPT_5, "tier": "flex"}],
    "priority tier": [{**GPT_5, "tier": "priority"}],
    "price of the day": [{**OPENAI, "model": "o3"}],
    "retired model": [{**SONNET, "model": "claude-opus-4-1-20250805"}],
    "unknown model": [{**OPENAI, "model": "gpt-99-imaginary"}],
    "self-hosted model": [{**OPENAI, "provider": "vllm", "model": "acme/llama-ft-7"}],
    "legacy names": [OPENAI],
    "sent twice": [OPENAI, OPENAI],
    "profile of a region": [{**OPENAI, **PROFILE}],
    "stated by a gateway": [{**OPENAI, **OPENROUTER}],
    "reasoning is in the output": [{**OPENAI, "model": "o4-mini", "reasoning": 800}],
    "an agent repeats its call": [OPENAI],
    "framework and SDK": [{**OPENAI, "id": "r2"}],
    "a retry with its own id": [{**OPENAI, "id": "r3"}, {**OPENAI, "id": "r4"}],
}
IDS = ("time", "trace_id", "span_id", "parent_id", "stated_cost")


@pytest.mark.parametrize("ending", [".json", ".pb"])
@pytest.mark.parametrize("dialect", [tuple(CASES), tuple(openinference(c) for c in CASES)], ids=["otel", "oi"])
def test_every_case_is_read_as_it_is_meant(tmp_path: Path, ending: str, dialect: tuple[Case, ...]) -> None:
    found, problems = events(write_cases(tmp_path / f"cases{ending}", dialect), tmp_path)
    said = {name: [{k: v for k, v in e.items() if k not in IDS} for e in es] for name, es in by_case(found).items()}
    assert said == EXPECTED
    assert [(p.code, p.row) for p in problems] == [("W-CALL-002", 6)]
