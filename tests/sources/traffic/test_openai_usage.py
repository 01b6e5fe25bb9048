"""OpenAI's usage API: the sums of a bucket, its name, and what is not billed by tokens."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bills import workspace
from tests.calls import ask
from tests.sources.traffic.conftest import DATA, ReadCalls, as_lines

COMPLETIONS, OTHERS = DATA / "openai_usage" / "completions.json", DATA / "openai_usage" / "others.json"
DAY = datetime(2025, 10, 5, tzinfo=UTC)
LARGE = {
    "time": DAY,
    "provider": "openai",
    "model": "gpt-4o-2024-08-06",
    "operation": "chat",
    "tier": "standard",
    "requests": 42,
    "input": 27444,
    "cache_read": 8448,
    "cache_write_5m": 100,
    "output": 5100,
    "audio_input": 12,
    "audio_output": 7,
    "image_input": 30,
    "image_output": 0,
    "span_id": "completions|1759622400|1759708800|proj_search|key_1|user-1|gpt-4o-2024-08-06|false|default|||",
    "project": "proj_search",
    "user": "user-1",
    "key": "key_1",
}
BATCH = {
    "time": DAY,
    "provider": "openai",
    "model": "gpt-4o-mini-2024-07-18",
    "operation": "chat",
    "tier": "batch",
    "requests": 3,
    "input": 900,
    "cache_read": 0,
    "output": 90,
    "span_id": "completions|1759622400|1759708800|proj_search|key_1||gpt-4o-mini-2024-07-18|true||||",
    "project": "proj_search",
    "key": "key_1",
}


def test_each_result_is_the_calls_of_a_window(read_calls: ReadCalls) -> None:
    found = read_calls(COMPLETIONS)
    assert (found.staged.source, found.staged.version, found.problems) == ("openai-usage", "completions", [])
    assert found.events == [LARGE, BATCH]
    assert [note.split(": ")[1][:17] for note in found.staged.notes] == ["more pages follow"]


def test_what_is_not_billed_by_tokens_keeps_its_requests(read_calls: ReadCalls) -> None:
    found = read_calls(OTHERS)
    assert found.staged.version == "mixed"
    kept = [(e["operation"], e.get("model"), e["requests"], e.get("input"), e.get("output")) for e in found.events]
    assert kept == [
        ("embeddings", "text-embedding-3-small", 2, 160, 0),
        ("images", "dall-e-3", 2, None, None),
        ("audio_speeches", "tts-1", 1, None, None),
        ("audio_transcriptions", "whisper-1", 1, None, None),
        ("code_interpreter_sessions", None, 5, None, None),
    ]
    assert found.problems == [("W-CALL-004", row, "input") for row in (2, 3, 4, 5)]
    assert any("vector stores" in note for note in found.staged.notes)


def test_a_bucket_that_is_fetched_again_has_the_same_name(read_calls: ReadCalls, tmp_path: Path) -> None:
    page = json.loads(COMPLETIONS.read_text(encoding="utf-8"))
    page["data"][0]["results"][0]["output_tokens"] = 9000
    again = as_lines([page], tmp_path / "again.json")
    names = [[event["span_id"] for event in read_calls(path).events] for path in (COMPLETIONS, again)]
    assert names[0] == names[1]


def hours(path: Path, day: int, spans: Sequence[tuple[int, int]], kind: str = "completions") -> Path:
    """A page of buckets, each of 1,000 tokens an hour and from one hour of a day to another."""
    shared = {"object": f"organization.usage.{kind}.result", "model": "gpt-4o", "num_model_requests": 1}
    buckets = [
        {
            "object": "bucket",
            "start_time": day + 3600 * first,
            "end_time": day + 3600 * last,
            "results": [{**shared, "input_tokens": 1000 * (last - first), "output_tokens": 0}],
        }
        for first, last in spans
    ]
    return as_lines([{"object": "page", "data": buckets, "has_more": False}], path)


EACH_HOUR = [(hour, hour + 1) for hour in range(24)]


def test_a_day_and_its_first_hour_are_two_buckets(tmp_path: Path) -> None:
    opened, day = workspace(tmp_path / "work"), 1790812800
    whole, parts = hours(tmp_path / "day.json", day, [(0, 24)]), hours(tmp_path / "hours.json", day, EACH_HOUR)
    told = opened.load([whole, parts])
    assert (ask(opened, "SELECT sum(input) FROM {} WHERE counted"), told.problems) == ([(48_000,)], ())
    assert [["overlap" in note for note in d.notes] for d in told.deliveries] == [[True], [True]]


def test_buckets_that_follow_each_other_do_not_overlap(read_calls: ReadCalls, tmp_path: Path) -> None:
    assert read_calls(hours(tmp_path / "hours.json", 1790812800, EACH_HOUR)).staged.notes == ()
    again = hours(tmp_path / "again.json", 1790812800, [*EACH_HOUR, *EACH_HOUR])
    assert read_calls(again).staged.notes == ()
    mixed = hours(tmp_path / "mixed.json", 1790812800, EACH_HOUR).read_text(encoding="utf-8")
    embedded = hours(tmp_path / "day.json", 1790812800, [(0, 24)], "embeddings").read_text(encoding="utf-8")
    (tmp_path / "mixed.json").write_text(mixed + embedded, encoding="utf-8")
    assert read_calls(tmp_path / "mixed.json").staged.notes == ()


def wrong(tmp_path: Path, **values: Any) -> Path:
    page = json.loads(COMPLETIONS.read_text(encoding="utf-8"))
    page["data"][0]["results"][0].update(values)
    return as_lines([page], tmp_path / "wrong.json")


def test_counts_that_cannot_be_are_told(read_calls: ReadCalls, tmp_path: Path) -> None:
    assert read_calls(wrong(tmp_path, output_tokens="x")).problems == [("E-ROW-002", 1, "output")]
    assert read_calls(wrong(tmp_path, output_tokens=-1)).problems == [("E-CALL-001", 1, "output")]
    assert read_calls(wrong(tmp_path, input_tokens=8000)).problems == [("W-CALL-002", 1, "input")]
    assert read_calls(wrong(tmp_path, input_tokens=None, output_tokens=None, input_cached_tokens=None)).problems == [
        ("W-CALL-004", 1, "input")
    ]


def test_a_bucket_without_a_start_is_left_out(read_calls: ReadCalls, tmp_path: Path) -> None:
    page = json.loads(COMPLETIONS.read_text(encoding="utf-8"))
    page["data"].append({**page["data"][0], "start_time": None})
    found = read_calls(as_lines([page], tmp_path / "page.json"))
    assert (len(found.events), found.staged.left_out) == (2, 2)
    assert found.problems == [("E-ROW-003", 3, "time"), ("E-ROW-003", 4, "time")]
