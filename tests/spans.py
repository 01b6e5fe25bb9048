"""Calls of models as spans of OTLP: the cases that decide what a call costs, built with the official classes.

Every case says what one call, or one trace, costs at the list prices of its day; `None` is a cost that nobody knows.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status

Value = str | int | float | bool | Sequence[str]
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
OLD = datetime(2025, 5, 1, 12, tzinfo=UTC)
INPUT, OUTPUT = "gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"
READ, WRITE = "gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_write.input_tokens"
CREATED = "gen_ai.usage.cache_creation.input_tokens"
REASONING = "gen_ai.usage.reasoning.output_tokens"
HOUR = "gen_ai.usage.cache_creation.ephemeral_1h_input_tokens"
OPENINFERENCE = {
    "gen_ai.provider.name": "llm.provider",
    "gen_ai.system": "llm.provider",
    "gen_ai.response.model": "llm.model_name",
    "gen_ai.response.id": "llm.response.id",
    INPUT: "llm.token_count.prompt",
    OUTPUT: "llm.token_count.completion",
    "gen_ai.usage.prompt_tokens": "llm.token_count.prompt",
    "gen_ai.usage.completion_tokens": "llm.token_count.completion",
    READ: "llm.token_count.prompt_details.cache_read",
    WRITE: "llm.token_count.prompt_details.cache_write",
    CREATED: "llm.token_count.prompt_details.cache_write",
    REASONING: "llm.token_count.completion_details.reasoning",
}
GPT_4O, SONNET = ("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5")
KINDS = {"chat": "LLM", "invoke_agent": "AGENT"}


@dataclass(frozen=True, slots=True)
class Span:
    """A span: its attributes and its place in a trace; `parent` is the number of a span of the same case."""

    attributes: Mapping[str, Value]
    parent: int | None = None
    at: datetime = NOW
    seconds: float = 1.0
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """Spans of one trace, what they cost together, and how often they are sent."""

    name: str
    spans: tuple[Span, ...]
    cost: Decimal | None
    sent: int = 1


def _call(provider: str, model: str, usage: Mapping[str, Value]) -> dict[str, Value]:
    who = {"gen_ai.provider.name": provider, "gen_ai.request.model": model, "gen_ai.response.model": model}
    return {"gen_ai.operation.name": "chat", **who, **usage}


def _tier(name: str) -> dict[str, Value]:
    return {"openai.request.service_tier": name, "openai.response.service_tier": name}


USUAL: Mapping[str, Value] = {INPUT: 10_000, OUTPUT: 1_000}


def _one(
    name: str, cost: str | None, who: tuple[str, str], said: Mapping[str, Value] | None = None, at: datetime = NOW
) -> Case:
    span = Span(_call(*who, {**USUAL, **(said or {})}), at=at)
    return Case(name, (span,), None if cost is None else Decimal(cost))


def _legacy() -> Case:
    usage = {"gen_ai.usage.prompt_tokens": 10_000, "gen_ai.usage.completion_tokens": 1_000}
    said = {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "llm.request.type": "chat"}
    model = {"gen_ai.request.model": "gpt-4o", "gen_ai.response.model": "gpt-4o"}
    return Case("legacy names", (Span({**said, **model, **usage}),), Decimal("0.035"))


def _traces() -> tuple[Case, ...]:
    call = _call(*GPT_4O, USUAL)

    def answered(name: str, parent: int | None) -> Span:
        return Span({**call, "gen_ai.response.id": name}, parent)

    agent: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x"}
    return (
        Case("an agent repeats its call", (Span({**call, **agent}), Span(call, 0)), Decimal("0.035")),
        Case("framework and SDK", (answered("r2", None), answered("r2", 0)), Decimal("0.035")),
        Case("a retry with its own id", (Span(agent), answered("r3", 0), answered("r4", 0)), Decimal("0.07")),
    )


CASES: tuple[Case, ...] = (
    _one("plain", "0.035", GPT_4O),
    _one("cache read is in the input", "0.025", GPT_4O, {READ: 8_000}),
    _one("cache write, older name", "0.0426", SONNET, {READ: 2_000, CREATED: 4_000}),
    _one("cache write", "0.0426", SONNET, {READ: 2_000, WRITE: 4_000}),
    _one("cache write of an hour", "0.057", SONNET, {CREATED: 4_000, HOUR: 4_000, "anthropic.cache_ttl": "1h"}),
    _one("input without cached tokens", "0.045015", SONNET, {INPUT: 5, READ: 100_000}),
    _one("long prompt", "0.765", ("gcp.gemini", "gemini-2.5-pro"), {INPUT: 300_000}),
    _one("flex tier", "0.01125", ("openai", "gpt-5"), _tier("flex")),
    _one("priority tier", "0.045", ("openai", "gpt-5"), _tier("priority")),
    _one("price of the day", "0.14", ("openai", "o3"), at=OLD),
    _one("retired model", "0.225", ("anthropic", "claude-opus-4-1-20250805")),
    _one("unknown model", None, ("openai", "gpt-99-imaginary")),
    _one("self-hosted model", None, ("vllm", "acme/llama-ft-7")),
    _legacy(),
    replace(_one("sent twice", "0.035", GPT_4O), sent=2),
    _one("profile of a region", "0.0495", ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")),
    _one(
        "stated by a gateway",
        "0.0123",
        ("openrouter", "gpt-4o"),
        {"gen_ai.usage.cost": 0.0123, "llm.cost.total": 0.0123, "gen_ai.usage.cost.amount": 0.0123},
    ),
    _one("reasoning is in the output", "0.0154", ("openai", "o4-mini"), {REASONING: 800}),
    *_traces(),
)


def openinference(case: Case) -> Case:
    """The same case with the names of OpenInference, where it has one."""
    return replace(case, spans=tuple(_renamed(span) for span in case.spans))


def _renamed(span: Span) -> Span:
    said = {k: v for k, v in span.attributes.items() if k not in ("gen_ai.operation.name", "gen_ai.request.model")}
    kind = KINDS[str(span.attributes["gen_ai.operation.name"])]
    names = {OPENINFERENCE.get(k, k): v for k, v in said.items()}
    return replace(span, attributes={"openinference.span.kind": kind, **names})


def trace_id(number: int) -> bytes:
    """The id of the trace of a case, by its number from 0."""
    return (number + 1).to_bytes(16, "big")


def span_id(case: int, span: int) -> bytes:
    """The id of a span of a case."""
    return (case * 1000 + span + 1).to_bytes(8, "big")


def request(
    cases: Iterable[Case], resource: Mapping[str, Value] | None = None, *, first: int = 0
) -> ExportTraceServiceRequest:
    """One export request with all spans of the cases; a case that is sent twice is in it once."""
    found = ExportTraceServiceRequest()
    resources = found.resource_spans.add()
    resources.resource.attributes.extend(_pairs({"service.name": "edge", **(resource or {})}))
    spans = resources.scope_spans.add().spans
    for number, case in enumerate(cases, first):
        for place, said in enumerate(case.spans):
            span = spans.add(
                trace_id=trace_id(number), span_id=span_id(number, place), name="call", kind=Sent.SPAN_KIND_CLIENT
            )
            if said.parent is not None:
                span.parent_span_id = span_id(number, said.parent)
            span.start_time_unix_nano = int(said.at.timestamp()) * 10**9 + said.at.microsecond * 1000
            span.end_time_unix_nano = span.start_time_unix_nano + int(said.seconds * 10**9)
            if said.failed:
                span.status.code = Status.STATUS_CODE_ERROR
            span.attributes.extend(_pairs(said.attributes))
    return found


def requests(cases: Sequence[Case]) -> list[ExportTraceServiceRequest]:
    """The requests that send all cases, one for each time of the case that is sent most often."""
    most = max(case.sent for case in cases)
    found = []
    for time in range(most):
        again = [(i, case) for i, case in enumerate(cases) if case.sent > time]
        merged = ExportTraceServiceRequest()
        for i, case in again:
            merged.MergeFrom(request([case], first=i))
        found.append(merged)
    return found


def _pairs(values: Mapping[str, Value]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_value(value)) for key, value in values.items()]


def _value(value: Value) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=value)
    return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=text) for text in value]))


def as_json(found: ExportTraceServiceRequest) -> dict[str, Any]:
    """A request in the JSON of OTLP: ids are hex there, not base 64."""
    data: dict[str, Any] = MessageToDict(found, use_integers_for_enums=True)
    for sent, resource in zip(found.resource_spans, data.get("resourceSpans", []), strict=True):
        for scope, there in zip(sent.scope_spans, resource.get("scopeSpans", []), strict=True):
            for span, said in zip(scope.spans, there.get("spans", []), strict=True):
                ids = {"traceId": span.trace_id, "spanId": span.span_id, "parentSpanId": span.parent_span_id}
                said.update({name: value.hex() for name, value in ids.items() if value})
    return data


def write(path: Path, sent: Sequence[ExportTraceServiceRequest]) -> Path:
    """Requests as a file: `.pb` is protobuf (with four-byte lengths if there are several), else lines of JSON."""
    if path.suffix == ".pb":
        bodies = [found.SerializeToString() for found in sent]
        several = b"".join(len(body).to_bytes(4, "big") + body for body in bodies)
        path.write_bytes(bodies[0] if len(bodies) == 1 else several)
    else:
        path.write_text("".join(json.dumps(as_json(found)) + "\n" for found in sent), encoding="utf-8")
    return path


def write_cases(path: Path, cases: Sequence[Case] = CASES) -> Path:
    """All cases as one file of JSON lines or protobuf, by the end of its name."""
    return write(path, requests(cases))
