"""OTLP traces in protobuf: one export request, or several with the length of each before it.

The Collector's file exporter writes lengths of four bytes, other writers varints. Every request becomes JSON lines
with what is read of it.
"""

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from outlay.model.problem import InputError
from outlay.sources.spans import names
from outlay.sources.spans.table import LARGE, SIZE

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span

GZIP_MAGIC = b"\x1f\x8b"
# The first field of a request (its resource spans), and what these begin with: a resource, scope spans or a schema.
REQUEST, INSIDE = 0x0A, b"\x0a\x12\x1a"
TRACE_ID, SPAN_ID = 16, 8
# No text holds these; every span does, as tags of its fields.
CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f]")
# Values of attributes that are no list: the field of protobuf and the one of JSON.
FIELDS = {
    "string_value": "stringValue",
    "int_value": "intValue",
    "double_value": "doubleValue",
    "bool_value": "boolValue",
}
# So many spans are put on one line of JSON.
LINE = 2000


def is_traces(head: bytes) -> bool:
    """Whether a file begins like export requests in protobuf. `True` may still turn out to be another signal."""
    return CONTROL.search(head) is not None and any(_is_request(head, start) for start in _starts(head))


def _starts(head: bytes) -> Iterator[int]:
    """Where the first request may begin: at once, behind four bytes, or behind a varint."""
    yield 0
    yield 4
    length = _varint(head, 0)
    if length:
        yield length[1]


def _is_request(head: bytes, start: int) -> bool:
    if head[start : start + 1] != bytes([REQUEST]):
        return False
    found = _varint(head, start + 1)
    return bool(found and found[0] and head[found[1] : found[1] + 1] and head[found[1]] in INSIDE)


def _varint(data: bytes, at: int) -> tuple[int, int] | None:
    """A number of protobuf and where it ends."""
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            return None
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    return None


def write_lines(path: Path, target: Path) -> None:
    """Write the requests of a protobuf file as lines of JSON; what is cut is a line that is no request.

    Raises `InputError` if there is no span in it.
    """
    data = _bytes(path)
    with target.open("w", encoding="ascii") as stream:
        spans, broken = _write(data, stream)
    if spans:
        return
    if broken:
        what, hint = (
            "protobuf that is cut, damaged, or none of traces",
            "nothing of this file was loaded; export it again",
        )
        raise InputError("E-FILE-011", what, hint, str(path))
    hint = "outlay reads traces; metrics and logs of OpenTelemetry are not read"
    raise InputError("E-FILE-004", "protobuf without a span", hint, str(path))


def _bytes(path: Path) -> bytes:
    data = path.read_bytes()
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError) as error:
        what = f"the compressed file is damaged or cut ({error})"
        raise InputError("E-FILE-005", what, "download it again", str(path)) from error


def _write(data: bytes, stream: TextIO) -> tuple[int, int]:
    """Write what is in `data`; how many spans that were, and how many parts that cannot be read."""
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

    count = broken = 0
    for part in _parts(data):
        try:
            found = ResourceSpans.FromString(part) if part else None
        except DecodeError:
            found = None
        if found is None:
            stream.write("broken\n")
            broken += 1
            continue
        count += _write_resource(found, stream, weigh=len(part) > LARGE)
    return count, broken


def _parts(data: bytes) -> Iterator[bytes]:
    """The resource spans of every request; an empty one stands for what is cut or damaged."""
    if _is_request(data[:64], 0):
        yield from _fields(data, 0, len(data))
        return
    length: Callable[[bytes, int], tuple[int, int] | None] = _varint
    if _is_request(data[:64], 4) and _four_bytes(data, 0)[0] <= len(data):
        length = _four_bytes
    at = 0
    while at < len(data):
        found = length(data, at)
        if found is None or found[1] + found[0] > len(data):
            yield b""
            return
        size, start = found
        yield from _fields(data, start, start + size)
        at = start + size


def _four_bytes(data: bytes, at: int) -> tuple[int, int]:
    return int.from_bytes(data[at : at + 4], "big"), at + 4


def _fields(data: bytes, at: int, end: int) -> Iterator[bytes]:
    """The resource spans of one request."""
    while at < end:
        found = _varint(data, at + 1) if data[at] == REQUEST else None
        if found is None or found[1] + found[0] > end:
            yield b""
            return
        yield data[found[1] : found[1] + found[0]]
        at = found[1] + found[0]


def _write_resource(found: "ResourceSpans", stream: TextIO, *, weigh: bool) -> int:
    """Write the spans of a resource, those that are spans of OTLP, some on each line; `weigh` tells their sizes."""
    known = frozenset(names.known())
    resource = {"attributes": _attributes(found.resource.attributes, known)}
    spans = [
        _span(span, known, weigh)
        for scope in found.scope_spans
        for span in scope.spans
        if len(span.trace_id) == TRACE_ID and len(span.span_id) == SPAN_ID
    ]
    for start in range(0, len(spans), LINE):
        scope_spans = [{"spans": spans[start : start + LINE]}]
        # `dumps`, not `dump`: that one is written in Python.
        stream.write(json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": scope_spans}]}) + "\n")
    return len(spans)


def _span(span: "Span", known: frozenset[str], weigh: bool) -> dict[str, Any]:
    # The size is that of the span written again, so it is asked for only where one may be large.
    size = {SIZE: span.ByteSize()} if weigh else {}
    return {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "startTimeUnixNano": str(span.start_time_unix_nano),
        "endTimeUnixNano": str(span.end_time_unix_nano),
        "status": {"code": span.status.code},
        "attributes": _attributes(span.attributes, known),
        **size,
    }


def _attributes(attributes: "Iterable[KeyValue]", known: frozenset[str]) -> list[dict[str, Any]]:
    found = []
    for attribute in attributes:
        if attribute.key not in known:
            continue
        found.append({"key": attribute.key, "value": _value(attribute.value)})
    return found


def _value(value: "AnyValue") -> dict[str, Any]:
    kind = value.WhichOneof("value") or ""
    if (field := FIELDS.get(kind)) is not None:
        return {field: getattr(value, kind)}
    if kind == "array_value":
        return {"arrayValue": {"values": [_value(v) for v in value.array_value.values]}}
    if kind == "kvlist_value":
        values = [{"key": v.key, "value": _value(v.value)} for v in value.kvlist_value.values]
        return {"kvlistValue": {"values": values}}
    return {}
