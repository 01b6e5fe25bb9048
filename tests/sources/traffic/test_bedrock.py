"""Bedrock's invocation log: who called, for what, the classes of tokens, and calls that failed."""

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.sources.traffic.conftest import DATA, ReadCalls, as_lines, records_of

LOG = DATA / "bedrock" / "invocations.jsonl"
CONVERSE = {
    "time": datetime(2026, 10, 5, 14, 21, 50, tzinfo=UTC),
    "provider": "aws.bedrock",
    "model": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
    "operation": "Converse",
    "region": "us-east-1",
    "uncached": 20,
    "cache_read": 1500,
    "cache_write_5m": 300,
    "output": 120,
    "id": "a1b2c3d4-0001",
    "span_id": "a1b2c3d4-0001",
    "status": "ok",
    "latency_ms": 842,
    "team": "search",
    "project": "assistant",
    "feature": "answers",
    "tenant": "acme",
    "environment": "production",
    "key": "search-service",
}
INVOKE = {
    "time": datetime(2026, 10, 5, 14, 22, tzinfo=UTC),
    "provider": "aws.bedrock",
    "model": "anthropic.claude-3-7-sonnet-20250219-v1:0",
    "operation": "InvokeModel",
    "tier": "flex",
    "region": "us-east-1",
    "uncached": 9,
    "cache_write_5m": 100,
    "cache_write_1h": 600,
    "output": 30,
    "id": "msg_bdrk_01",
    "span_id": "a1b2c3d4-0002",
    "status": "ok",
    "user": "ann",
    "project": "123456789012",
}
FAILED = {
    "time": datetime(2026, 10, 5, 14, 23, tzinfo=UTC),
    "provider": "aws.bedrock",
    "model": "amazon.nova-lite-v1:0",
    "operation": "InvokeModelWithResponseStream",
    "region": "eu-central-1",
    "id": "a1b2c3d4-0003",
    "span_id": "a1b2c3d4-0003",
    "status": "error",
    "user": "ann",
    "project": "123456789012",
}


def test_each_invocation_has_what_the_log_says(read_calls: ReadCalls, tmp_path: Path) -> None:
    zipped = tmp_path / "log.json.gz"
    zipped.write_bytes(gzip.compress(LOG.read_bytes()))
    for path in (LOG, zipped):
        found = read_calls(path)
        assert (found.staged.source, found.staged.version, found.problems) == ("bedrock", "1.0", [])
        assert found.events == [CONVERSE, INVOKE, FAILED]


def changed(**values: Any) -> dict[str, Any]:
    return {**records_of(LOG)[0], **values}


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    rows = [
        changed(input={"inputTokenCount": "x"}),
        changed(input={"inputTokenCount": -3}),
        changed(input={}, output={}),
        changed(modelId=None),
        changed(timestamp=None),
    ]
    log = as_lines(rows, tmp_path / "log.jsonl")
    log.write_text(log.read_text(encoding="utf-8") + '{"schemaType": \n', encoding="utf-8")
    found = read_calls(log)
    assert found.problems == [
        ("E-ROW-002", 1, "uncached"),
        ("E-CALL-001", 2, "uncached"),
        ("W-CALL-004", 3, "uncached"),
        ("E-ROW-003", 5, "time"),
        ("E-ROW-001", 6, "time"),
    ]
    assert ["model" in event for event in found.events] == [True, True, True, False]
