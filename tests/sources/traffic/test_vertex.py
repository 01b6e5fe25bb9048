"""Vertex AI's log: thoughts beside the answer, answers that were streamed, Claude, and calls that failed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.sources.traffic.conftest import DATA, ReadCalls, as_csv, as_lines, records_of

LOG = DATA / "vertex" / "log.jsonl"
GEMINI = {
    "time": datetime(2026, 10, 5, 14, 0, 0, 123456, tzinfo=UTC),
    "provider": "gcp.vertex_ai",
    "model": "gemini-2.5-flash",
    "operation": "generateContent",
    "region": "us-central1",
    "input": 1050,
    "cache_read": 600,
    "output": 420,
    "reasoning": 120,
    "audio_input": 60,
    "image_output": 10,
    "id": "resp-1",
    "span_id": "8123456789012345678",
    "status": "ok",
    "team": "search",
    "feature": "answers",
    "project": "my-project",
}
STREAMED = {
    "time": datetime(2026, 10, 5, 14, 1, tzinfo=UTC),
    "provider": "gcp.vertex_ai",
    "model": "gemini-2.5-pro",
    "operation": "streamGenerateContent",
    "tier": "provisioned",
    "region": "europe-west4",
    "input": 10,
    "output": 5,
    "id": "resp-2",
    "span_id": "8123456789012345679",
    "status": "ok",
    "tenant": "acme",
    "project": "my-project",
}
CLAUDE = {
    "time": datetime(2026, 10, 5, 14, 2, tzinfo=UTC),
    "provider": "gcp.vertex_ai",
    "model": "claude-sonnet-4-5",
    "operation": "rawPredict",
    "region": "us-east5",
    "uncached": 9,
    "cache_read": 200,
    "cache_write_5m": 50,
    "cache_write_1h": 20,
    "output": 30,
    "id": "msg_vrtx_01",
    "span_id": "8123456789012345680",
    "status": "ok",
    "project": "my-project",
}
FAILED = {
    "time": datetime(2026, 10, 5, 14, 3, tzinfo=UTC),
    "provider": "gcp.vertex_ai",
    "model": "gemini-2.5-pro",
    "operation": "generateContent",
    "region": "us-east5",
    "span_id": "8123456789012345681",
    "status": "error",
    "project": "my-project",
}


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_each_call_has_what_the_log_says(read_calls: ReadCalls, tmp_path: Path, kind: str) -> None:
    records = [{k: v for k, v in record.items() if "payload" not in k} for record in records_of(LOG)]
    found = read_calls(LOG if kind == "jsonl" else as_csv(records, tmp_path / "log.csv"))
    assert (found.staged.source, found.staged.version, found.problems) == ("vertex", "v2", [])
    assert found.events == [GEMINI, STREAMED, CLAUDE, FAILED]
    assert "sampling rate" in found.staged.notes[0]


def usage(**values: Any) -> dict[str, Any]:
    return {**records_of(LOG)[1], "full_response": {"usageMetadata": values}}


def test_what_is_wrong_is_told_and_the_rest_is_loaded(read_calls: ReadCalls, tmp_path: Path) -> None:
    rows = [
        usage(promptTokenCount="x", candidatesTokenCount=1),
        usage(promptTokenCount=1, candidatesTokenCount=1, thoughtsTokenCount="y"),
        usage(promptTokenCount=5, cachedContentTokenCount=6, candidatesTokenCount=-1),
        usage(),
        {**usage(), "logging_time": None},
    ]
    log = as_lines(rows, tmp_path / "log.jsonl")
    log.write_text(log.read_text(encoding="utf-8") + "{\n", encoding="utf-8")
    found = read_calls(log)
    assert found.problems == [
        ("E-ROW-002", 1, "input"),
        ("E-ROW-002", 2, "output"),
        ("E-ROW-002", 2, "reasoning"),
        ("E-CALL-001", 3, "output"),
        ("W-CALL-002", 3, "input"),
        ("W-CALL-004", 4, "input"),
        ("E-ROW-003", 5, "time"),
        ("E-ROW-001", 6, "time"),
    ]
    assert len(found.events) == 4
