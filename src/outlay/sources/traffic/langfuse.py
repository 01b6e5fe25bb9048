"""Langfuse's observations: the blob storage export and pages of its API, of which only calls of models are read.

Each key of the usage counts tokens of its own: `input` leaves out the cached ones, `output` the reasoning ones.
"""

from outlay.ledger.tables import EVENT
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import of_records
from outlay.sources.traffic.values import counted, first, milliseconds, subject_columns, subjects, total

NEEDS = (
    ("type",),
    ("start_time", "startTime"),
    ("trace_id", "traceId"),
    ("parent_observation_id", "parentObservationId"),
)
# The keys of usage that count one class, as the SDKs, OpenTelemetry and the providers' own usage spell it.
CLASSES = {
    "uncached": ("input",),
    "read": ("input_cached_tokens", "cache_read_input_tokens", "input_cache_read", "input_cached"),
    "written": ("cache_creation_input_tokens", "input_cache_creation", "input_cache_write"),
    "written_5m": ("input_cache_creation_5m",),
    "written_1h": ("input_cache_creation_1h",),
    "answer": ("output",),
    "thought": ("output_reasoning_tokens", "output_reasoning"),
    "audio_in": ("input_audio_tokens", "input_audio"),
    "audio_out": ("output_audio_tokens", "output_audio"),
    "image_in": ("input_image_tokens", "input_image"),
    "image_out": ("output_image_tokens", "output_image"),
    "accepted": ("output_accepted_prediction_tokens",),
    "rejected": ("output_rejected_prediction_tokens",),
}
USAGES = ("usage_details", "usageDetails")
NAMES = {
    "time": ("start_time", "startTime"),
    "until": ("end_time", "endTime"),
    "trace": ("trace_id", "traceId"),
    "parent": ("parent_observation_id", "parentObservationId"),
    "named": ("provided_model_name", "providedModelName", "model"),
    "cost": ("total_cost", "totalCost", "calculatedTotalCost", "calculated_total_cost"),
    "prompt": ("prompt_name", "promptName"),
    "revision": ("prompt_version", "promptVersion"),
    "person": ("user_id", "userId"),
    "sitting": ("session_id", "sessionId"),
    "place": ("project_id", "projectId"),
}
PLAIN = ("id", "type", "level", "environment", "release", "tags")
PATHS = {
    **{name: f"$.{name}" for name in PLAIN},
    **{f"{name}_{i}": f"$.{key}" for name, keys in NAMES.items() for i, key in enumerate(keys)},
    **{
        f"u{i}_{key}": f"$.{usage}.{key}" for i, usage in enumerate(USAGES) for keys in CLASSES.values() for key in keys
    },
    # Langfuse names no provider; what wrote the observation may have.
    "chain": "$.metadata.ls_provider",
    "plain": "$.metadata.provider",
    "attributes": "$.metadata.attributes",
    **subjects(["$.metadata"]),
}
CALLS = "upper(type) IN ('GENERATION', 'EMBEDDING')"
DROPPED = "observations that are no call of a model"


def detect(sample: Sample) -> str | None:
    """`export` for the names of the blob export, `api` for those of the API, else None."""
    if not all(sample.column(*names) for names in NEEDS):
        return None
    return "export" if sample.column("trace_id") else "api"


def read(sample: Sample, version: str) -> Reading:
    """Each generation or embedding as one call."""
    of = {name: first(*(f"{name}_{i}" for i in range(len(keys)))) for name, keys in NAMES.items()}
    n = {name: counted(*(f"u{i}_{k}" for k in keys for i in range(len(USAGES)))) for name, keys in CLASSES.items()}
    told = subject_columns(1, "tags")
    columns = {
        "time": of["time"],
        "provider": _provider(),
        "model": of["named"],
        "operation": "CASE upper(type) WHEN 'EMBEDDING' THEN 'embeddings' ELSE 'chat' END",
        "uncached": n["uncached"],
        "cache_read": n["read"],
        "cache_write_5m": total(n["written"], n["written_5m"]),
        "cache_write_1h": n["written_1h"],
        "output": total(*(n[name] for name in ("answer", "thought", "audio_out", "image_out", "accepted", "rejected"))),
        "reasoning": n["thought"],
        "audio_input": n["audio_in"],
        "audio_output": n["audio_out"],
        "image_input": n["image_in"],
        "image_output": n["image_out"],
        "span_id": "id",
        "trace_id": of["trace"],
        "parent_id": of["parent"],
        "status": "CASE WHEN upper(level) = 'ERROR' THEN 'error' ELSE 'ok' END",
        "latency_ms": milliseconds(of["time"], of["until"]),
        "stated_cost": of["cost"],
        "stated_by": f"CASE WHEN {of['cost']} IS NOT NULL THEN 'local' END",
        **told,
        "project": f"coalesce({told['project']}, {of['place']})",
        "environment": f"coalesce({first('environment')}, {told['environment']})",
        "release": f"coalesce({first('release')}, {told['release']})",
        "prompt_version": f"coalesce({of['prompt']} || ':' || {of['revision']}, {told['prompt_version']})",
        "user": of["person"],
        "session": of["sitting"],
    }
    opened = (*USAGES, "metadata")
    return of_records(sample, PATHS, columns, version, opened=opened, where=(CALLS, DROPPED))


def _provider() -> str:
    """The provider that metadata names, as OpenTelemetry and LangChain write it."""
    spans = "CASE WHEN json_valid(attributes) THEN CAST(attributes AS JSON) END"
    spelled = (f"""json_extract_string({spans}, '$."{name}"')""" for name in ("gen_ai.provider.name", "gen_ai.system"))
    return f"coalesce({', '.join(spelled)}, {first('chain', 'plain')})"


SOURCE = Source("langfuse", "Langfuse observations (JSON, CSV, Parquet)", detect, read, needs=NEEDS, shape=EVENT)
