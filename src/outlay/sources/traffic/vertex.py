"""Vertex AI's request-response log, as BigQuery exports its table: Gemini and Claude.

Gemini's prompt holds the cached tokens, and its candidates leave the thoughts out. Claude's input leaves the cached
tokens out. The table may hold a sample of the requests: it does not say of how many.
"""

from outlay.ledger.tables import EVENT
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import of_records
from outlay.sources.traffic.values import first, last_part, modality, subject_columns, subjects, total

RESPONSE = "full_response"
NEEDS = (("logging_time",), (RESPONSE, f"{RESPONSE}.usageMetadata.promptTokenCount"), ("model", "endpoint"))
SAMPLED = "Vertex logs the share of requests that was set as its sampling rate; these are the calls of that share"
# An answer as one object, and the last part of one that was streamed.
ANSWERS = (f"$.{RESPONSE}", f"$.{RESPONSE}[#-1]")
FOUND = {
    "prompt": "usageMetadata.promptTokenCount",
    "tools": "usageMetadata.toolUsePromptTokenCount",
    "cached": "usageMetadata.cachedContentTokenCount",
    "candidates": "usageMetadata.candidatesTokenCount",
    "thoughts": "usageMetadata.thoughtsTokenCount",
    "of_prompt": "usageMetadata.promptTokensDetails",
    "of_cached": "usageMetadata.cacheTokensDetails",
    "of_answer": "usageMetadata.candidatesTokensDetails",
    "traffic": "usageMetadata.trafficType",
    "fresh": "usage.input_tokens",
    "read": "usage.cache_read_input_tokens",
    "written": "usage.cache_creation_input_tokens",
    "written_5m": "usage.cache_creation.ephemeral_5m_input_tokens",
    "written_1h": "usage.cache_creation.ephemeral_1h_input_tokens",
    "answer": "usage.output_tokens",
    "response_id": "responseId",
    "message_id": "id",
    "gemini": "modelVersion",
    "claude": "model",
    "error": "error.code",
}
PATHS = {
    **{name: f"$.{name}" for name in ("logging_time", "request_id", "model", "endpoint", "api_method")},
    **{f"{name}_{i}": f"{answer}.{path}" for name, path in FOUND.items() for i, answer in enumerate(ANSWERS)},
    **subjects(["$.full_request.labels"]),
}
PLACE, PROJECT = "'locations/([^/]+)'", "'projects/([^/]+)'"


def detect(sample: Sample) -> str | None:
    """`v2` if the records are of that table, else None."""
    answered = any(name.split(".")[0] == RESPONSE for name in sample.columns)
    return "v2" if answered and sample.column("logging_time") and sample.column(*NEEDS[2]) else None


def read(sample: Sample, version: str) -> Reading:
    """Each record as one call; the location and the project are those of its endpoint."""
    of = {name: first(*(f"{name}_{i}" for i in range(len(ANSWERS)))) for name in FOUND}
    columns = {
        "time": "logging_time",
        "provider": "'gcp.vertex_ai'",
        "model": last_part(f"coalesce({first('model')}, {of['gemini']}, {of['claude']}, endpoint)"),
        "operation": "api_method",
        "tier": f"CASE WHEN {of['traffic']} LIKE 'PROVISIONED%' THEN 'provisioned' "
        f"WHEN {of['traffic']} LIKE '%PRIORITY%' THEN 'priority' WHEN {of['traffic']} LIKE '%FLEX%' THEN 'flex' END",
        "region": f"nullif(regexp_extract(endpoint, {PLACE}, 1), '')",
        "input": f"CASE WHEN {of['prompt']} IS NOT NULL THEN {total(of['prompt'], of['tools'])} END",
        "uncached": of["fresh"],
        "cache_read": f"coalesce({of['cached']}, {of['read']})",
        "cache_write_5m": f"coalesce({of['written_5m']}, {of['written']})",
        "cache_write_1h": of["written_1h"],
        "output": f"coalesce({total(of['candidates'], of['thoughts'])}, {of['answer']})",
        "reasoning": of["thoughts"],
        "audio_input": _input("AUDIO", of),
        "audio_output": modality(of["of_answer"], "AUDIO"),
        "image_input": _input("IMAGE", of),
        "image_output": modality(of["of_answer"], "IMAGE"),
        "id": f"coalesce({of['response_id']}, {of['message_id']})",
        "span_id": "request_id",
        "status": f"CASE WHEN {of['error']} IS NULL THEN 'ok' ELSE 'error' END",
        **(told := subject_columns(1)),
        "project": f"coalesce({told['project']}, nullif(regexp_extract(endpoint, {PROJECT}, 1), ''))",
    }
    notes = (f"{sample.path.name}: {SAMPLED}",)
    return of_records(sample, PATHS, columns, version, opened=(RESPONSE, "full_request"), notes=notes)


def _input(kind: str, of: dict[str, str]) -> str:
    """The tokens of the prompt that are of a kind and did not come from the cache."""
    return f"{modality(of['of_prompt'], kind)} - coalesce({modality(of['of_cached'], kind)}, 0)"


SOURCE = Source("vertex", "Vertex AI request-response log (JSON lines)", detect, read, needs=NEEDS, shape=EVENT)
