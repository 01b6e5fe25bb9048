#!/usr/bin/env python3
r"""Write tests/data/traffic/otlp: traces as the instrumentations write them, of calls to a fake server on loopback.

Nothing leaves this machine. Each dialect runs in a throw-away environment, for their packages exclude each other:

  uv venv /tmp/v1 && uv pip install --python /tmp/v1 openai==3.54.0 anthropic==2.12.0 \
    opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-instrumentation-openai==0.62.4 \
    opentelemetry-instrumentation-anthropic==0.62.4 openinference-instrumentation-openai==0.1.66 \
    openinference-instrumentation-anthropic==3.1.0 'pydantic-ai-slim[openai,anthropic]==2.68.0' langfuse==5.0.4
  /tmp/v1/bin/python scripts/otlp_fixtures.py openllmetry openllmetry-content openinference pydantic-ai langfuse
  uv venv /tmp/v2 && uv pip install --python /tmp/v2 openai==2.54.0 openlit==1.45.0 \
    opentelemetry-exporter-otlp-proto-http==1.45.1
  /tmp/v2/bin/python scripts/otlp_fixtures.py openlit
  uv venv /tmp/v3 && uv pip install --python /tmp/v3 openai==2.54.0 httpx 'wrapt<2' \
    opentelemetry-exporter-otlp-proto-http==1.45.2 opentelemetry-instrumentation-openai-v2==2.3b0 \
    opentelemetry-util-genai==1.2b0
  /tmp/v3/bin/python scripts/otlp_fixtures.py opentelemetry

A dialect makes the same calls as the others, where it has an instrumentation for them; prompts and answers are left out
but by `openllmetry-content`. A fixture is the body that its exporter sent, and the same in JSON; only stack traces are
taken out, which name folders of the machine and lines of other people's code.
"""
# mypy: ignore-errors
# ruff: noqa: D103

import json
import os
import sys
import tempfile
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "tests" / "data" / "traffic" / "otlp"
SECRET, ANSWER = "the word is swordfish", "I keep swordfish to myself"
GPT, EMBEDDER, CLAUDE = "gpt-5-mini", "text-embedding-3-small", "claude-sonnet-4-5"
OPENAI_USAGE = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 192, "audio_tokens": 0},
}
ANTHROPIC_USAGE = {
    "input_tokens": 50,
    "cache_read_input_tokens": 1800,
    "cache_creation_input_tokens": 768,
    "cache_creation": {"ephemeral_5m_input_tokens": 256, "ephemeral_1h_input_tokens": 512},
    "output_tokens": 120,
    "service_tier": "standard",
}
BODIES: list[bytes] = []
PORT = 0


class Fake(BaseHTTPRequestHandler):
    """OpenAI, Anthropic and a receiver of traces in one."""

    calls = 0

    def do_POST(self):
        """Answer as the real one does."""
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path.endswith("/v1/traces"):
            import gzip

            BODIES.append(gzip.decompress(body) if self.headers.get("content-encoding") == "gzip" else body)
            return self._send(b"", "application/x-protobuf")
        asked = json.loads(body)
        if self.path.endswith("/embeddings"):
            return self._send(json.dumps(embedding()).encode())
        if "no-such-model" in asked["model"]:
            said = {"error": {"message": "no such model", "type": "invalid_request_error", "code": "model_not_found"}}
            return self._send(json.dumps(said).encode(), status=404)
        Fake.calls += 1
        if self.path.endswith("/messages"):
            if asked.get("stream"):
                return self._send("".join(events()).encode(), "text/event-stream")
            return self._send(json.dumps(message()).encode())
        if asked.get("stream"):
            return self._send("".join(f"data: {part}\n\n" for part in chunks()).encode(), "text/event-stream")
        return self._send(json.dumps(completion()).encode())

    def _send(self, body, kind="application/json", status=200):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """Say nothing."""


def completion():
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": ANSWER, "refusal": None, "annotations": []},
        "finish_reason": "stop",
    }
    return {**_answer("chat.completion"), "choices": [choice], "usage": OPENAI_USAGE}


def _answer(kind):
    said = {"id": f"chatcmpl-{Fake.calls}", "object": kind, "created": 1793620800, "model": f"{GPT}-2025-08-07"}
    return {**said, "service_tier": "default", "system_fingerprint": None}


def chunks():
    same = _answer("chat.completion.chunk")
    for delta, reason in (({"role": "assistant", "content": ANSWER}, None), ({}, "stop")):
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        yield json.dumps({**same, "choices": [choice], "usage": None})
    yield json.dumps({**same, "choices": [], "usage": OPENAI_USAGE})
    yield "[DONE]"


def embedding():
    data = [{"object": "embedding", "index": 0, "embedding": [0.25, -0.5]}]
    return {"object": "list", "data": data, "model": EMBEDDER, "usage": {"prompt_tokens": 700, "total_tokens": 700}}


def message():
    content = [{"type": "text", "text": ANSWER}]
    said = {"id": f"msg_{Fake.calls}", "type": "message", "role": "assistant", "model": f"{CLAUDE}-20250929"}
    return {**said, "content": content, "stop_reason": "end_turn", "stop_sequence": None, "usage": ANTHROPIC_USAGE}


def events():
    whole = message()
    usage = {**ANTHROPIC_USAGE, "output_tokens": 1}
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    for said in (
        {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": ANSWER}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": ANTHROPIC_USAGE["output_tokens"]}},
        {"type": "message_stop"},
    ):
        yield f"event: {said['type']}\ndata: {json.dumps(said)}\n\n"


def openai_client(cls=None):
    import openai

    cls = cls or openai.OpenAI
    return cls(base_url=f"http://127.0.0.1:{PORT}/v1", api_key="sk-none", max_retries=0)


def call_openai(client=None):
    """A chat, a streamed one, an embedding, and a failure."""
    client = client or openai_client()
    asked = [{"role": "user", "content": SECRET}]
    client.chat.completions.create(model=GPT, messages=asked, service_tier="auto", user="u-1")
    list(client.chat.completions.create(model=GPT, messages=asked, stream=True, stream_options={"include_usage": True}))
    client.embeddings.create(model=EMBEDDER, input=SECRET)
    with suppress(Exception):
        client.chat.completions.create(model="no-such-model", messages=asked)


def call_anthropic():
    import anthropic

    client = anthropic.Anthropic(base_url=f"http://127.0.0.1:{PORT}", api_key="sk-none", max_retries=0)
    client.messages.create(model=CLAUDE, max_tokens=256, messages=[{"role": "user", "content": SECRET}])


def provider():
    """A tracer provider that sends to the receiver, all at once."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    said = {"service.name": "shop", "service.version": "1.4.2", "deployment.environment.name": "staging"}
    made = TracerProvider(resource=Resource.create(said))
    exporter = OTLPSpanExporter(endpoint=f"http://127.0.0.1:{PORT}/v1/traces")
    made.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=600_000))
    trace.set_tracer_provider(made)
    return made


def openllmetry(content=False):
    os.environ["TRACELOOP_TRACE_CONTENT"] = str(content).lower()
    from opentelemetry import trace
    from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    made = provider()
    OpenAIInstrumentor(enrich_assistant=False).instrument(tracer_provider=made)
    AnthropicInstrumentor().instrument(tracer_provider=made)
    with trace.get_tracer("app").start_as_current_span("handle"):
        call_openai()
        call_anthropic()
    return made


def openllmetry_content():
    return openllmetry(content=True)


def openinference():
    from openinference.instrumentation import TraceConfig, using_attributes
    from openinference.instrumentation.anthropic import AnthropicInstrumentor
    from openinference.instrumentation.openai import OpenAIInstrumentor

    made = provider()
    hidden = TraceConfig(hide_inputs=True, hide_outputs=True)
    OpenAIInstrumentor().instrument(tracer_provider=made, config=hidden)
    AnthropicInstrumentor().instrument(tracer_provider=made, config=hidden)
    with using_attributes(session_id="s-1", user_id="u-1", metadata={"team": "search", "feature": "chat", "n": 1}):
        call_openai()
        call_anthropic()
    return made


def opentelemetry():
    from opentelemetry import trace
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor

    made = provider()
    OpenAIInstrumentor().instrument(tracer_provider=made)
    with trace.get_tracer("app").start_as_current_span("handle"):
        call_openai()
    return made


def pydantic_ai():
    import openai
    from pydantic_ai import Agent
    from pydantic_ai.models.anthropic import AnthropicModel
    from pydantic_ai.models.instrumented import InstrumentationSettings
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.anthropic import AnthropicProvider
    from pydantic_ai.providers.openai import OpenAIProvider

    made = provider()
    settings = InstrumentationSettings(tracer_provider=made, include_content=False)
    client = openai_client(openai.AsyncOpenAI)
    import anthropic

    claude = anthropic.AsyncAnthropic(base_url=f"http://127.0.0.1:{PORT}", api_key="sk-none", max_retries=0)
    models = (
        OpenAIChatModel(GPT, provider=OpenAIProvider(openai_client=client)),
        AnthropicModel(CLAUDE, provider=AnthropicProvider(anthropic_client=claude)),
    )
    for model in models:
        agent = Agent(model, name="helper")
        agent.instrument = settings
        agent.run_sync(SECRET)
    return made


def hidden(**_said):
    """What Langfuse keeps of a text."""


def langfuse():
    from langfuse import Langfuse, propagate_attributes
    from langfuse.openai import OpenAI

    host = f"http://127.0.0.1:{PORT}"
    client = Langfuse(
        public_key="pk-none",
        secret_key="sk-none",
        base_url=host,
        environment="staging",
        release="1.4.2",
        mask=hidden,
    )
    with (
        client.start_as_current_observation(name="handle", as_type="span"),
        propagate_attributes(user_id="u-1", session_id="s-1", metadata={"team": "search"}),
    ):
        call_openai(openai_client(OpenAI))
    client.flush()


def openlit():
    import openlit as lit

    os.environ["OTEL_RESOURCE_ATTRIBUTES"] = "service.version=1.4.2"
    # It would fetch its prices otherwise.
    prices = Path(tempfile.mkdtemp()) / "prices.json"
    per_thousand = {f"{GPT}-2025-08-07": {"promptPrice": 0.00025, "completionPrice": 0.002}}
    prices.write_text(json.dumps({"chat": per_thousand, "embeddings": {EMBEDDER: 0.00002}}), encoding="utf-8")
    lit.init(
        pricing_json=str(prices),
        application_name="shop",
        environment="staging",
        disable_metrics=True,
        disable_events=True,
        capture_message_content=False,
        otlp_endpoint=f"http://127.0.0.1:{PORT}",
        custom_span_attributes={"team": "search"},
    )
    call_openai()
    from opentelemetry import trace

    return trace.get_tracer_provider()


def as_json(body):
    """A request in the JSON of OTLP: ids are hex there."""
    from google.protobuf.json_format import MessageToDict
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    sent = ExportTraceServiceRequest.FromString(body)
    data = MessageToDict(sent, use_integers_for_enums=True)
    for there, said in zip(sent.resource_spans, data["resourceSpans"], strict=True):
        for scope, spans in zip(there.scope_spans, said["scopeSpans"], strict=True):
            for span, found in zip(scope.spans, spans["spans"], strict=True):
                ids = {"traceId": span.trace_id, "spanId": span.span_id, "parentSpanId": span.parent_span_id}
                found.update({name: value.hex() for name, value in ids.items() if value})
    return data


def without_stacks(body: bytes) -> bytes:
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    found = ExportTraceServiceRequest.FromString(body)
    spans = [s for resource in found.resource_spans for scope in resource.scope_spans for s in scope.spans]
    for event in (event for span in spans for event in span.events):
        kept = [type(a).FromString(a.SerializeToString()) for a in event.attributes if a.key != "exception.stacktrace"]
        del event.attributes[:]
        event.attributes.extend(kept)
    return found.SerializeToString()


def main():
    """Write the fixtures that are named, each by a process of its own."""
    if len(sys.argv) != 2:
        import subprocess

        for name in sys.argv[1:]:
            subprocess.run([sys.executable, __file__, name], check=True)
        return
    global PORT
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    PORT = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    name = sys.argv[1]
    made = globals()[name.replace("-", "_")]()
    if made:
        made.force_flush()
    TARGET.mkdir(parents=True, exist_ok=True)
    BODIES[:] = [without_stacks(body) for body in BODIES]
    lengths = b"".join(len(body).to_bytes(4, "big") + body for body in BODIES)
    (TARGET / f"{name}.pb").write_bytes(BODIES[0] if len(BODIES) == 1 else lengths)
    lines = "".join(json.dumps(as_json(body)) + "\n" for body in BODIES)
    (TARGET / f"{name}.json").write_text(lines, encoding="utf-8")
    print(name, len(BODIES), "requests", len(lengths), "bytes")
    server.shutdown()
    os._exit(0)


if __name__ == "__main__":
    main()
