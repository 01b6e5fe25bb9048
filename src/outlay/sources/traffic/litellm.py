"""LiteLLM's spend logs: what its gateway called, as JSON from its API or as a dump of its table.

`prompt_tokens` holds the cached tokens; how many they are is in the usage beside it. What the gateway's own cache
answered was no call of a provider: its tokens are known to be none. Of a failed call without tokens they are unknown.
"""

from outlay.ledger.tables import EVENT
from outlay.model.event import COUNTS, failed_sql
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import of_records
from outlay.sources.traffic.values import counted, first, milliseconds, subject_columns, subjects, tier

USAGE, ABOUT = "$.metadata.usage_object", "$.metadata"
CUSTOM = (f"{ABOUT}.spend_logs_metadata", f"{ABOUT}.requester_metadata")
NEEDS = (("request_id",), ("startTime", "start_time"), ("spend",), ("prompt_tokens",), ("call_type",))
PATHS = {
    **{name: f"$.{name}" for name in ("request_id", "call_type", "spend", "prompt_tokens", "completion_tokens")},
    **{name: f"$.{name}" for name in ("model", "model_group", "custom_llm_provider", "status", "cache_hit")},
    **{name: f"$.{name}" for name in ("litellm_call_id", "session_id", "request_duration_ms", "request_tags")},
    **{name: f"$.{name}" for name in ("team_id", "team_alias", "organization_id", "end_user", "user", "api_key")},
    "start": "$.startTime",
    "start_too": "$.start_time",
    "end": "$.endTime",
    "end_too": "$.end_time",
    "about_status": f"{ABOUT}.status",
    "about_team": f"{ABOUT}.user_api_key_team_alias",
    "about_project": f"{ABOUT}.user_api_key_project_alias",
    "about_key": f"{ABOUT}.user_api_key_alias",
    "about_user": f"{ABOUT}.user_api_key_user_id",
    "tier": f"{USAGE}.service_tier",
    "cached": f"{USAGE}.prompt_tokens_details.cached_tokens",
    "cache_read_too": f"{USAGE}.cache_read_input_tokens",
    "written": f"{USAGE}.cache_creation_input_tokens",
    "written_too": f"{USAGE}.prompt_tokens_details.cache_creation_tokens",
    "written_5m": f"{USAGE}.prompt_tokens_details.cache_creation_token_details.ephemeral_5m_input_tokens",
    "written_1h": f"{USAGE}.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
    "thought": f"{USAGE}.completion_tokens_details.reasoning_tokens",
    "audio_in": f"{USAGE}.prompt_tokens_details.audio_tokens",
    "audio_out": f"{USAGE}.completion_tokens_details.audio_tokens",
    "image_in": f"{USAGE}.prompt_tokens_details.image_tokens",
    "image_out": f"{USAGE}.completion_tokens_details.image_tokens",
    "searches": f"{USAGE}.prompt_tokens_details.web_search_requests",
    "searches_too": f"{USAGE}.server_tool_use.web_search_requests",
    **subjects(CUSTOM),
}
TOKENS = {
    "input": "prompt_tokens",
    "cache_read": counted("cached", "cache_read_too"),
    # All writes are for five minutes where the log does not say more.
    "cache_write_5m": f"coalesce(written_5m, {counted('written', 'written_too')})",
    "cache_write_1h": "written_1h",
    "output": "completion_tokens",
    "reasoning": "thought",
    "audio_input": "audio_in",
    "audio_output": "audio_out",
    "image_input": "image_in",
    "image_output": "image_out",
    "web_searches": counted("searches", "searches_too"),
}
ANSWERED = "lower(cache_hit) = 'true'"
FAILED = failed_sql(first("status", "about_status"))
# The gateway writes zeros for the tokens of a failed call, whether the provider counted some or none.
UNCOUNTED = f"{FAILED} AND " + " AND ".join(
    f"coalesce({name}, '0') IN ('0', '0.0', '')" for name in ("prompt_tokens", "completion_tokens")
)


def detect(sample: Sample) -> str | None:
    """`spend-logs` if the records are those of that table, else None."""
    return "spend-logs" if all(sample.column(*names) for names in NEEDS) else None


def read(sample: Sample, version: str) -> Reading:
    """Each row as one call of a provider, or as an answer of the gateway's cache."""
    start, end = first("start", "start_too"), first("end", "end_too")
    told = subject_columns(len(CUSTOM), "request_tags")
    columns = {
        "time": start,
        "provider": first("custom_llm_provider"),
        "model": first("model", "model_group"),
        "operation": first("call_type"),
        "tier": tier(first("tier")),
        "requests": f"CASE WHEN {ANSWERED} THEN '0' ELSE '1' END",
        **{name: _tokens(TOKENS[name]) for name in COUNTS if name in TOKENS},
        "id": "request_id",
        "span_id": first("litellm_call_id"),
        "status": f"CASE WHEN {ANSWERED} THEN 'cached' WHEN {FAILED} THEN 'error' ELSE 'ok' END",
        "latency_ms": f"coalesce(request_duration_ms, CAST({milliseconds(start, end)} AS VARCHAR))",
        "stated_cost": "spend",
        "stated_by": "CASE WHEN spend IS NOT NULL THEN 'local' END",
        **told,
        "team": f"coalesce({first('about_team', 'team_alias')}, {told['team']}, {first('team_id')})",
        "project": f"coalesce({first('about_project')}, {told['project']})",
        "tenant": f"coalesce({first('end_user')}, {told['tenant']})",
        "user": first("user", "about_user"),
        "session": first("session_id"),
        "key": first("about_key", "api_key"),
    }
    return of_records(sample, PATHS, columns, version, opened=("metadata",))


def _tokens(count: str) -> str:
    """A count of a call: none of one that the gateway's cache answered, unknown of one that failed uncounted."""
    return f"CASE WHEN {ANSWERED} THEN '0' WHEN {UNCOUNTED} THEN NULL ELSE {count} END"


SOURCE = Source("litellm", "LiteLLM spend logs (JSON, CSV, Parquet)", detect, read, needs=NEEDS, shape=EVENT)
