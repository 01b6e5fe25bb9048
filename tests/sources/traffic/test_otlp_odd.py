"""Traces that are large, cut, broken, or written in another way than most."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from tests.sources.traffic.test_otlp import Event, events
from tests.spans import CASES, Case, Span, Value, as_json, request, write, write_cases

from outlay.ledger.engine import connect
from outlay.model.problem import InputError
from outlay.sources.spans import protobuf
from outlay.sources.staging import open_file

PLAIN = CASES[0]
CALL: dict[str, Value] = dict(PLAIN.spans[0].attributes)


def case(*spans: Span) -> Case:
    return Case("odd", spans, None)


def of(tmp_path: Path, *spans: Span) -> list[Event]:
    """The events of one trace, the same from JSON and protobuf."""
    found = events(write_cases(tmp_path / "odd.json", [case(*spans)]), tmp_path)
    assert found[0] == events(write_cases(tmp_path / "odd.pb", [case(*spans)]), tmp_path)[0]
    return found[0]


def snake(data: Any) -> Any:
    """The same JSON with its fields in snake_case."""
    if isinstance(data, list):
        return [snake(value) for value in data]
    if not isinstance(data, dict):
        return data
    return {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): snake(value) for key, value in data.items()}


def test_other_ways_to_write_the_same(tmp_path: Path) -> None:
    """An array, one object over many lines, snake_case, gzip, ids in base 64, and a varint before each message."""
    whole = request(CASES)
    want = events(write(tmp_path / "plain.json", [whole]), tmp_path)[0]
    data, body = as_json(whole), whole.SerializeToString()
    base64ed = json.loads(json.dumps(data))
    for span in base64ed["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        for name in ("traceId", "spanId", "parentSpanId"):
            if name in span:
                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    texts = {
        "array.json": json.dumps([data]),
        "pretty.json": json.dumps(data, indent=2),
        "snake.json": json.dumps(snake(data)),
        "base64.json": json.dumps(base64ed),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "lines.json.gz").write_bytes(gzip.compress(json.dumps(data).encode()))
    (tmp_path / "body.pb.gz").write_bytes(gzip.compress(body))
    (tmp_path / "four.pb").write_bytes(len(body).to_bytes(4, "big") + body)
    size = len(body)
    assert 1 << 7 <= size < 1 << 14
    (tmp_path / "varint.pb").write_bytes(bytes([size & 0x7F | 0x80, size >> 7]) + body)
    for name in (*texts, "lines.json.gz", "body.pb.gz", "four.pb", "varint.pb"):
        assert events(tmp_path / name, tmp_path)[0] == want, name


@pytest.mark.parametrize("ending", ["json", "pb"])
def test_a_span_of_five_megabytes_is_told_and_its_call_is_kept(tmp_path: Path, ending: str) -> None:
    prompt: dict[str, Value] = {"gen_ai.input.messages": "secret " * (5_000_000 // 7)}
    large = case(Span({**CALL, **prompt}))
    found, problems = events(write_cases(tmp_path / f"large.{ending}", [PLAIN, large]), tmp_path)
    assert [e["input"] for e in found] == [10_000, 10_000]
    (told,) = problems
    assert (told.code, told.row) == ("W-SPAN-001", 2)
    assert 4_900_000 < int(told.value) < 5_200_000
    assert not any(b"secret" in path.read_bytes() for path in tmp_path.glob("*.parquet"))


@pytest.mark.parametrize("ending", ["json", "pb"])
def test_a_text_that_is_no_number_is_told_and_the_span_is_kept(tmp_path: Path, ending: str) -> None:
    name = "gen_ai.usage.input_tokens"
    cases = [case(Span({**CALL, name: said})) for said in ("ten", "10000", 10_000.0, ["1", "2"], True)]
    found, problems = events(write_cases(tmp_path / f"types.{ending}", cases), tmp_path)
    assert [e.get("input") for e in found] == [None, 10_000, 10_000, None, None]
    assert [(p.code, p.row, p.column) for p in problems] == [("E-ROW-002", n, "input") for n in (1, 4, 5)]
    assert problems[0].value == "ten"


def test_a_broken_line_is_told_with_its_number_and_the_rest_is_read(tmp_path: Path) -> None:
    good = json.dumps(as_json(request([PLAIN])))
    lines = [good, "", good[:200], '{"resourceMetrics": []}', '{"resourceSpans": 7}', "no JSON", good]
    (tmp_path / "lines.jsonl").write_text("\n".join(lines))
    found, problems = events(tmp_path / "lines.jsonl", tmp_path)
    assert len(found) == 2
    assert [str(p) for p in problems if p.code == "E-ROW-001"] == [
        f"lines.jsonl:{line}: E-ROW-001 no request of OTLP: cut or damaged; "
        "it was left out, the others were read; write it again"
        for line in (3, 5, 6)
    ]


def test_a_span_whose_fields_have_other_types_does_not_take_others_with_it(tmp_path: Path) -> None:
    data = as_json(request([PLAIN, PLAIN]))
    spans = data["resourceSpans"][0]["scopeSpans"][0]["spans"]
    spans.append({"traceId": 7, "spanId": ["x"], "attributes": "none", "status": 3, "startTimeUnixNano": {"a": 1}})
    spans += [None, "text"]
    (tmp_path / "types.json").write_text(json.dumps(data))
    found, _ = events(tmp_path / "types.json", tmp_path)
    assert [e["input"] for e in found] == [10_000, 10_000]


def test_messages_before_a_cut_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.pb", [request([c], first=i) for i, c in enumerate(CASES[:3])])
    path.write_bytes(path.read_bytes()[:-40])
    found, problems = events(path, tmp_path)
    assert len(found) == 2
    assert [(p.code, p.place) for p in problems] == [("E-ROW-001", "cut.pb:row 3")]


def test_a_small_message_without_a_zero_byte_is_protobuf_and_a_table_is_not(tmp_path: Path) -> None:
    sent = request([PLAIN])
    span = sent.resource_spans[0].scope_spans[0].spans[0]
    span.trace_id, span.span_id, span.start_time_unix_nano = b"t" * 16, b"s" * 8, 0x18E3A1B2C3D4E5F6
    span.end_time_unix_nano = span.start_time_unix_nano
    assert b"\0" not in sent.SerializeToString()
    assert len(events(write(tmp_path / "small.pb", [sent]), tmp_path)[0]) == 1
    for text in (b"\n\x0a\x0atime,model\n", b"abcd\nx\ny\n", b"time,model,input\n2026-11-01,gpt-4o,7\n"):
        assert not protobuf.is_traces(text)


def test_one_cut_message_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "cut.pb", [request(CASES)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError) as refused:
        events(path, tmp_path)
    assert refused.value.code == "E-FILE-011"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.json").touch()
    with pytest.raises(InputError) as refused:
        events(tmp_path / "empty.json", tmp_path)
    assert refused.value.code == "E-FILE-002"


def test_other_signals_are_none_of_ours(tmp_path: Path) -> None:
    metrics, logs = ExportMetricsServiceRequest(), ExportLogsServiceRequest()
    resource = metrics.resource_metrics.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "shop"
    for _ in range(50):
        metric = resource.scope_metrics.add().metrics.add(name="gen_ai.client.usage", description="tokens")
        metric.sum.data_points.add(time_unix_nano=1_793_620_800_000_000_000, as_int=7)
    log = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=1_793_620_800_000_000_000)
    log.trace_id, log.span_id, log.body.string_value = b"t" * 16, b"s" * 8, "hello"
    (tmp_path / "metrics.pb").write_bytes(metrics.SerializeToString())
    (tmp_path / "logs.pb").write_bytes(logs.SerializeToString())
    (tmp_path / "metrics.json").write_text('{"resourceMetrics": [{"scopeMetrics": []}]}')
    with connect() as connection:
        for name in ("metrics.pb", "logs.pb", "metrics.json"):
            with pytest.raises(InputError) as refused:
                open_file(tmp_path / name, connection)
            assert refused.value.code in ("E-FILE-004", "E-FILE-011", "E-LOAD-002"), name


def test_a_file_without_a_call_has_no_events(tmp_path: Path) -> None:
    assert of(tmp_path, Span({"http.request.method": "POST"})) == []


def test_a_call_without_tokens_is_kept_and_told(tmp_path: Path) -> None:
    said: dict[str, Value] = {k: v for k, v in CALL.items() if "usage" not in k}
    cases = [PLAIN, case(Span(said)), case(Span(said, failed=True))]
    found, problems = events(write_cases(tmp_path / "none.json", cases), tmp_path)
    assert [e.get("input") for e in found] == [10_000, None, None]
    assert [(p.code, p.row) for p in problems] == [("W-CALL-004", 2)]


def test_a_span_without_a_time_is_left_out_and_told(tmp_path: Path) -> None:
    data = as_json(request([PLAIN, PLAIN, PLAIN]))
    first, second, _ = data["resourceSpans"][0]["scopeSpans"][0]["spans"]
    del first["startTimeUnixNano"]
    second.update(startTimeUnixNano="soon", endTimeUnixNano="0")
    (tmp_path / "times.json").write_text(json.dumps(data))
    found, problems = events(tmp_path / "times.json", tmp_path)
    assert len(found) == 2
    assert [(p.code, p.row, p.column) for p in problems] == [("E-ROW-003", 2, "time")]


def test_several_requests_larger_than_most_are_read_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTLAY_MEMORY", "1GB")
    sent = as_json(request([PLAIN]))
    spans = sent["resourceSpans"][0]["scopeSpans"][0]["spans"]
    sent["resourceSpans"][0]["scopeSpans"][0]["spans"] = spans * 15_000
    line = json.dumps(sent)
    assert len(line) > 8 << 20
    (tmp_path / "large.jsonl").write_text(f"{line}\n{line}\n")
    assert len(events(tmp_path / "large.jsonl", tmp_path)[0]) == 30_000


def test_a_request_that_is_too_large_is_refused_with_the_limit(tmp_path: Path) -> None:
    prompt: dict[str, Value] = {"gen_ai.input.messages": "x" * (70 << 20)}
    with pytest.raises(InputError, match="32 MB") as refused:
        events(write_cases(tmp_path / "huge.json", [case(Span({**CALL, **prompt}))]), tmp_path)
    assert refused.value.code == "E-FILE-011"
