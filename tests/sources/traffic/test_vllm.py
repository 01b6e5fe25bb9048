"""vLLM's counters: what grew between two scrapes, servers that were started again, lines that are none."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

from tests.sources.traffic.conftest import DATA, ReadCalls

SCRAPES, MATRIX = DATA / "vllm" / "scrapes.txt", DATA / "vllm" / "query_range.json"


def at(minute: int) -> datetime:
    return datetime(2026, 10, 5, 14, minute, tzinfo=UTC)


FIRST = {
    "time": at(0),
    "provider": "vllm",
    "model": "qwen3-32b",
    "requests": 5,
    "input": 1500,
    "cache_read": 500,
    "output": 500,
    "span_id": "vllm|qwen3-32b|0||2026-10-05 14:00:00+00",
}
STARTED_AGAIN = {
    "time": at(1),
    "provider": "vllm",
    "model": "qwen3-32b",
    "requests": 2,
    "input": 300,
    "cache_read": 0,
    "output": 30,
    "span_id": "vllm|qwen3-32b|0||2026-10-05 14:01:00+00",
}
OTHER_ENGINE = {
    "time": at(1),
    "provider": "vllm",
    "model": "qwen3-32b",
    "requests": 1,
    "input": 10,
    "output": 1,
    "span_id": "vllm|qwen3-32b|1||2026-10-05 14:01:00+00",
}
ASKED = {
    "time": at(0),
    "provider": "vllm",
    "model": "qwen3-32b",
    "requests": 5,
    "input": 1500,
    "output": 500,
    "span_id": "vllm|qwen3-32b||10.0.0.1:8000|2026-10-05 14:00:00+00",
}


def test_what_grew_between_two_scrapes(read_calls: ReadCalls, tmp_path: Path) -> None:
    zipped = tmp_path / "scrapes.txt.gz"
    zipped.write_bytes(gzip.compress(SCRAPES.read_bytes()))
    for path in (SCRAPES, zipped):
        found = read_calls(path)
        assert (found.staged.source, found.staged.version, found.problems) == ("vllm", "scrapes", [])
        assert found.events == [FIRST, STARTED_AGAIN, OTHER_ENGINE]


def test_samples_that_carry_their_time(read_calls: ReadCalls, tmp_path: Path) -> None:
    lines = [line for line in SCRAPES.read_text(encoding="utf-8").splitlines() if line.startswith("vllm:")]
    first, second = lines[:10], lines[10:18]
    timed = [f"{line} {1791208800000 + 60000 * i}" for i, part in enumerate((first, second)) for line in part]
    scrapes = tmp_path / "scrapes.prom"
    scrapes.write_text("\n".join(timed) + "\n", encoding="utf-8")
    assert read_calls(scrapes).events == [FIRST]


def test_an_answer_of_prometheus(read_calls: ReadCalls) -> None:
    found = read_calls(MATRIX)
    assert (found.staged.version, found.problems, found.events) == ("query-range", [], [ASKED])


def test_lines_that_are_no_samples_are_told(read_calls: ReadCalls, tmp_path: Path) -> None:
    scrapes = tmp_path / "scrapes.txt"
    untimed = 'vllm:prompt_tokens_total{model_name="a"} 1.0\n'
    bad = 'vllm:prompt_tokens_total{model_name="a"} many\nvllm:generation_tokens_total{model_name="a"} -4\n'
    scrapes.write_text(untimed + SCRAPES.read_text(encoding="utf-8") + bad, encoding="utf-8")
    found = read_calls(scrapes)
    assert [(code, column) for code, _, column in found.problems] == [("E-ROW-001", "time")] * 3
    assert next(p.value for p in found.staged.problems) == untimed.strip()
    assert found.events == [FIRST, STARTED_AGAIN, OTHER_ENGINE]


def test_more_hits_than_prompt_tokens_are_flagged(read_calls: ReadCalls, tmp_path: Path) -> None:
    scrapes = tmp_path / "scrapes.txt"
    scrapes.write_text(SCRAPES.read_text(encoding="utf-8").replace("} 700.0", "} 7000.0"), encoding="utf-8")
    found = read_calls(scrapes)
    assert [(code, column) for code, _, column in found.problems] == [("W-CALL-002", "input")]
    assert found.events[0]["input"] < found.events[0]["cache_read"]
