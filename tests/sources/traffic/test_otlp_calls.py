"""Which spans of a trace are calls, and what they say of themselves."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.sources.traffic.test_otlp import Event, events
from tests.sources.traffic.test_otlp_odd import CALL, case, of
from tests.spans import CREATED, HOUR, INPUT, OUTPUT, READ, Span, Value, as_json, request, write, write_cases

USAGE: dict[str, Value] = {INPUT: 10, OUTPUT: 1}
AGENT: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent"}
TOOL: dict[str, Value] = {"gen_ai.operation.name": "execute_tool"}
SILENT: dict[str, Value] = {k: v for k, v in CALL.items() if "usage" not in k}


def call(**said: Value) -> dict[str, Value]:
    return {**CALL, **{name.replace("__", "."): value for name, value in said.items()}}


def marked(n: int) -> dict[str, Value]:
    return {**CALL, INPUT: n}


def counted(tmp_path: Path, *spans: Span) -> list[int]:
    return [e.get("input", 0) for e in of(tmp_path, *spans)]


def test_a_wrapper_is_found_through_any_spans_in_between(tmp_path: Path) -> None:
    spans = (Span(marked(1)), Span({"http.request.method": "POST"}, 0), Span(TOOL, 1), Span(marked(2), 2))
    assert counted(tmp_path, *spans) == [2]


def test_a_wrapper_without_tokens_is_left_out(tmp_path: Path) -> None:
    assert counted(tmp_path, Span(SILENT), Span(marked(2), 0)) == [2]


def test_a_call_above_one_without_tokens_counts_itself(tmp_path: Path) -> None:
    assert counted(tmp_path, Span(marked(1)), Span(SILENT, 0)) == [1, 0]


def test_a_wrapper_of_two_tries_that_has_the_id_of_the_second(tmp_path: Path) -> None:
    ids: list[dict[str, Value]] = [{**marked(n), "gen_ai.response.id": i} for n, i in ((1, "b"), (2, "a"), (3, "b"))]
    assert counted(tmp_path, Span(ids[0]), Span(ids[1], 0), Span(ids[2], 0)) == [2, 3]


def test_calls_side_by_side_all_count(tmp_path: Path) -> None:
    assert counted(tmp_path, Span(AGENT), Span(marked(1), 0), Span(marked(2), 0)) == [1, 2]


def test_the_outermost_agent_counts_as_an_estimate_where_there_is_no_call(tmp_path: Path) -> None:
    spans = (Span(AGENT), Span({**AGENT, INPUT: 7}, 0), Span({**AGENT, INPUT: 5}, 1), Span({**TOOL, INPUT: 9}, 1))
    (event,) = of(tmp_path, *spans)
    assert (event["input"], event["operation"], event["estimated"]) == (7, "invoke_agent", True)


@pytest.mark.parametrize("there", [CALL, SILENT])
def test_no_agent_counts_beside_a_call(tmp_path: Path, there: dict[str, Value]) -> None:
    found = of(tmp_path, Span({**AGENT, INPUT: 7}), Span(there))
    assert [(e["operation"], e["estimated"]) for e in found] == [("chat", False)]


@pytest.mark.parametrize(
    "name", ["execute_tool", "retrieval", "plan", "search_memory", "fetch_response", "create_agent"]
)
def test_spans_that_never_count(tmp_path: Path, name: str) -> None:
    assert of(tmp_path, Span({"gen_ai.operation.name": name, **USAGE})) == []


@pytest.mark.parametrize("name", ["chat", "generate_content", "text_completion", "embeddings", "responses"])
def test_operations_that_are_calls(tmp_path: Path, name: str) -> None:
    assert [e["operation"] for e in of(tmp_path, Span({"gen_ai.operation.name": name, **USAGE}))] == [name]


@pytest.mark.parametrize(
    ("attribute", "value", "operation"),
    [
        ("openinference.span.kind", "EMBEDDING", "embeddings"),
        ("langfuse.observation.type", "generation", "chat"),
        ("langfuse.observation.type", "embedding", "embeddings"),
        ("llm.request.type", "completion", "text_completion"),
        ("ai.operationId", "ai.streamText.doStream", "chat"),
    ],
)
def test_kinds_of_other_dialects_that_are_calls(tmp_path: Path, attribute: str, value: str, operation: str) -> None:
    assert [e["operation"] for e in of(tmp_path, Span({attribute: value, **USAGE}))] == [operation]


def test_a_span_with_tokens_that_does_not_say_what_it_is_is_a_call(tmp_path: Path) -> None:
    assert [e.get("operation") for e in of(tmp_path, Span(USAGE))] == [None]


def test_spans_above_each_other_in_a_circle_end(tmp_path: Path) -> None:
    sent = request([case(Span(marked(1), 1), Span(AGENT, 0), Span(marked(3), 2))])
    found, _ = events(write(tmp_path / "circle.pb", [sent]), tmp_path)
    assert [e["input"] for e in found] == [1, 3]


def test_a_wrapper_that_is_sent_twice_is_left_out_twice(tmp_path: Path) -> None:
    sent = request([case(Span(marked(1)), Span(marked(2), 0))])
    found, _ = events(write(tmp_path / "twice.pb", [sent, sent]), tmp_path)
    assert [e["input"] for e in found] == [2, 2]


def test_spans_without_ids_count_each(tmp_path: Path) -> None:
    data = as_json(request([case(Span(CALL), Span(CALL))]))
    for span in data["resourceSpans"][0]["scopeSpans"][0]["spans"]:
        span.update(traceId="", spanId="", parentSpanId="")
    import json

    (tmp_path / "ids.json").write_text(json.dumps(data))
    found, _ = events(tmp_path / "ids.json", tmp_path)
    assert [e.get("span_id") for e in found] == [None, None]


@pytest.mark.parametrize(
    ("said", "five_minutes", "hour"),
    [
        ({CREATED: 30}, 30, None),
        ({CREATED: 30, HOUR: 20}, 10, 20),
        ({CREATED: 30, "anthropic.cache_ttl": "1h"}, 0, 30),
        ({CREATED: 30, "anthropic.cache_ttl": "5m"}, 30, None),
        ({HOUR: 20}, None, 20),
        ({CREATED: 30, HOUR: 20, "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens": 10}, 10, 20),
        ({CREATED: 30, "gen_ai.usage.cache_creation.ephemeral_5m_input_tokens": 10}, 10, 20),
        ({CREATED: 10, HOUR: 20}, 0, 20),
    ],
)
def test_writes_to_a_cache_come_apart(
    tmp_path: Path, said: dict[str, Value], five_minutes: int | None, hour: int | None
) -> None:
    (event,) = of(tmp_path, Span({**CALL, **said}))
    assert (event.get("cache_write_5m"), event.get("cache_write_1h")) == (five_minutes, hour)


def test_usage_of_langfuse_that_leaves_cached_tokens_out_is_made_whole(tmp_path: Path) -> None:
    usage = '{"input": 10, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 5, "output": 7}'
    said: dict[str, Value] = {"langfuse.observation.type": "generation", "langfuse.observation.usage_details": usage}
    (event,) = of(tmp_path, Span(said))
    assert (event["input"], event["cache_read"], event["cache_write_5m"], event["output"]) == (115, 100, 5, 7)


STREAM = "gen_ai.request.stream"
ENDED = "gen_ai.response.finish_reasons"


@pytest.mark.parametrize(
    ("said", "failed", "estimated"),
    [
        ({STREAM: True, ENDED: ["stop"]}, False, False),
        ({STREAM: True, ENDED: []}, False, True),
        ({STREAM: True, ENDED: [""]}, False, True),
        ({STREAM: True, ENDED: ["error"]}, False, True),
        ({STREAM: True, "llm.finish_reason": "tool_calls"}, False, False),
        ({STREAM: True}, False, False),
        ({STREAM: True}, True, True),
        ({STREAM: True, "error.type": "timeout"}, False, True),
        ({STREAM: False, ENDED: []}, False, False),
        ({STREAM: True, ENDED: [], OUTPUT: 0}, False, False),
    ],
)
def test_a_stream_that_was_cut_is_an_estimate(
    tmp_path: Path, said: dict[str, Value], failed: bool, estimated: bool
) -> None:
    (event,) = of(tmp_path, Span({**CALL, **said}, failed=failed))
    assert event["estimated"] is estimated
    assert event["status"] == ("error" if failed or "error.type" in said else "ok")


COST, SOURCE, CURRENCY = (f"gen_ai.usage.cost.{name}" for name in ("amount", "source", "currency"))
WHO = "gen_ai.provider.name"


@pytest.mark.parametrize(
    ("said", "cost", "by"),
    [
        ({COST: 0.5, SOURCE: "provider"}, "0.5", "provider"),
        ({COST: 0.5, SOURCE: "local"}, "0.5", "local"),
        ({COST: "0.000001234567"}, "0.000001234567", "local"),
        ({"llm.cost.total": 0.25, WHO: "openrouter"}, "0.25", "provider"),
        ({"gen_ai.usage.cost": 0.25}, "0.25", "local"),
        ({"gen_ai.usage.cost": 0.0}, None, None),
        ({"gen_ai.usage.cost": 0.0, WHO: "OpenRouter"}, "0", "provider"),
        ({"cost_in_usd_ticks": 49_100_000, WHO: "x_ai"}, "0.00491", "provider"),
        ({COST: 0.5, CURRENCY: "EUR"}, None, None),
        ({COST: 0.5, CURRENCY: "usd"}, "0.5", "local"),
    ],
)
def test_who_states_a_cost(tmp_path: Path, said: dict[str, Value], cost: str | None, by: str | None) -> None:
    (event,) = of(tmp_path, Span({**CALL, **said}))
    assert event.get("stated_cost") == (None if cost is None else Decimal(cost))
    assert event.get("stated_by") == by


@pytest.mark.parametrize(
    ("said", "column", "value"),
    [
        ({"outlay.team": "a", "team": "b"}, "team", "a"),
        ({"traceloop.association.properties.tenant_id": "acme"}, "tenant", "acme"),
        ({"tenant.id": "acme"}, "tenant", "acme"),
        ({"metadata": '{"feature": "chat"}'}, "feature", "chat"),
        ({"metadata": "no JSON"}, "feature", None),
        ({"langfuse.trace.metadata.project": '"x"'}, "project", "x"),
        ({"enduser.id": "u"}, "user", "u"),
        ({"gen_ai.conversation.id": "c"}, "session", "c"),
        ({"gen_ai.prompt.version": "7"}, "prompt_version", "7"),
        ({"deployment.environment": "prod"}, "environment", "prod"),
        ({"openai.request.service_tier": "auto"}, "tier", None),
        ({"openai.request.service_tier": "flex"}, "tier", "flex"),
        ({"team": ""}, "team", None),
    ],
)
def test_on_whose_behalf(tmp_path: Path, said: dict[str, Value], column: str, value: str | None) -> None:
    (event,) = of(tmp_path, Span({**CALL, **said}))
    assert event.get(column) == value


def test_the_span_speaks_first_then_its_resource_then_the_nearest_span_above(tmp_path: Path) -> None:
    spans = (Span({"team": "far", "user.id": "u"}), Span({**AGENT, "team": "near"}, 0), Span(CALL, 1))
    resource = {"service.version": "2", "session.id": "s"}
    sent = request([case(*spans), case(Span(call(team="own", **{"service.version": "3"})))], resource)
    found, _ = events(write(tmp_path / "resource.pb", [sent]), tmp_path)
    names = ("team", "user", "session", "release")
    assert [tuple(e.get(n) for n in names) for e in found] == [("near", "u", "s", "2"), ("own", None, "s", "3")]


NAMES = (INPUT, OUTPUT, READ, CREATED, HOUR, COST, "team", "error.type", "gen_ai.response.id", "metadata", ENDED)
VALUES = st.one_of(
    st.integers(-(2**40), 2**40),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.lists(st.text("ab", max_size=3), max_size=3),
)
SPANS = st.builds(
    Span,
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(lambda said: {**SILENT, **said}),
    st.none() | st.integers(0, 3),
    failed=st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(SPANS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_json_and_protobuf_of_the_same_spans_give_the_same_events(tmp_path: Path, traces: list[list[Span]]) -> None:
    cases = [case(*spans) for spans in traces]
    found: list[list[Event]] = [events(write_cases(tmp_path / n, cases), tmp_path)[0] for n in ("a.json", "a.pb")]
    assert found[0] == found[1]
