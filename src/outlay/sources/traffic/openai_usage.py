"""OpenAI's usage API: pages of buckets of time, each with the sums of the calls of a project, key, user and model.

`input_tokens` holds the cached ones. A bucket has no id: its start, its end and what it is grouped by name it, so that
a bucket that is fetched again is the same event.
"""

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal
from outlay.sources import pages
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.texts import moment
from outlay.sources.traffic.calls import checked
from outlay.sources.traffic.values import identity, tier

NEEDS = (
    ("start_time",),
    ("end_time",),
    ("results.object",),
    ("results.num_model_requests", "results.num_sessions", "results.usage_bytes"),
)
COUNTS = {
    "input": "input_tokens",
    "cache_read": "input_cached_tokens",
    "cache_write_5m": "input_cache_write_tokens",
    "audio_input": "input_audio_tokens",
    "audio_output": "output_audio_tokens",
    "image_input": "input_image_tokens",
    "image_output": "output_image_tokens",
}
KEYS = ("project_id", "api_key_id", "user_id", "model", "batch", "service_tier", "organization_id", "size", "source")
OBJECT, KIND = "organization.usage.", r"usage\.(.*)\.result"
STORES = "vector_stores"
# What is billed by another measure than tokens, and what is said of it.
OTHERS = {
    "images": "images are billed by number and size",
    "audio_speeches": "speech is billed by characters",
    "audio_transcriptions": "transcripts are billed by seconds",
    "code_interpreter_sessions": "the code interpreter is billed by sessions, read as requests",
    STORES: "vector stores are billed by size and day; they are left out",
}


def detect(sample: Sample) -> str | None:
    """The name of the endpoint whose pages the file holds, `mixed` if there are several, else None."""
    if sample.format != "json" or not all(sample.column(*names) for names in NEEDS):
        return None
    kinds = {value.removeprefix(OBJECT).removesuffix(".result") for value in sample.values("results.object")}
    return (kinds.pop() if len(kinds) == 1 else "mixed") if kinds else None


def read(sample: Sample, version: str) -> Reading:
    """Each result as the calls of a window; of what is not billed by tokens only the requests are known."""
    told = sample.sql("results.object")
    kind = f"regexp_extract({told}, {literal(KIND)}, 1)"
    of = {name: sample.sql(f"results.{name}") for name in KEYS}
    columns = {
        "time": moment(sample.sql("start_time")),
        "provider": "'openai'",
        "model": of["model"],
        "operation": f"CASE {kind} WHEN 'completions' THEN 'chat' ELSE {kind} END",
        "tier": f"CASE WHEN {of['batch']} = 'true' THEN 'batch' ELSE {tier(of['service_tier'])} END",
        "requests": f"coalesce({sample.sql('results.num_model_requests')}, {sample.sql('results.num_sessions')})",
        **{name: sample.sql(f"results.{key}") for name, key in COUNTS.items()},
        "output": f"CASE WHEN {kind} IN ('embeddings', 'moderations') THEN '0' "
        f"ELSE {sample.sql('results.output_tokens')} END",
        "span_id": identity(kind, sample.sql("start_time"), sample.sql("end_time"), *of.values()),
        "project": of["project_id"],
        "user": of["user_id"],
        "key": of["api_key_id"],
        "account": of["organization_id"],
    }
    kinds = {value.removeprefix(OBJECT).removesuffix(".result") for value in sample.values("results.object")}
    said = tuple(f"{sample.path.name}: {OTHERS[name]}" for name in sorted(kinds & OTHERS.keys()))
    where = f"coalesce({told} NOT LIKE '%{STORES}%', true)"
    notes = (*pages.notes(sample), *pages.overlaps(sample), *said)
    return checked(Reading(columns, version, where=where, dropped_reason=OTHERS[STORES], notes=notes))


SOURCE = Source("openai-usage", "OpenAI usage API, pages of buckets (JSON)", detect, read, needs=NEEDS, shape=EVENT)
