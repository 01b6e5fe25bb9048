"""Anthropic's usage report: pages of buckets of time, each with the sums of tokens of a workspace, key and model.

`uncached_input_tokens` leaves the cached ones out. The report has no number of requests, and a bucket has no id: its
start, its end and what it is grouped by name it, so that a bucket that is fetched again is the same event.
"""

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal
from outlay.sources import pages
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import checked
from outlay.sources.traffic.values import identity

NEEDS = (("starting_at",), ("ending_at",), ("results.uncached_input_tokens",), ("results.output_tokens",))
KEYS = (
    *("workspace_id", "api_key_id", "account_id", "service_account_id", "model", "service_tier", "context_window"),
    *("inference_geo", "speed"),
)
UNITS = {"k": 1_000, "m": 1_000_000}
NO_REQUESTS = "the report does not say how many requests there were; each of its rows counts as one"
NO_CONTEXT = "without group_by[]=context_window long prompts are priced as short ones"


def detect(sample: Sample) -> str | None:
    """`usage-report` if the file holds pages of that report, else None."""
    return "usage-report" if sample.format == "json" and all(sample.column(*names) for names in NEEDS) else None


def read(sample: Sample, version: str) -> Reading:
    """Each result as the calls of a window."""
    of = {name: sample.sql(f"results.{name}") for name in KEYS}
    columns = {
        "time": sample.sql("starting_at"),
        "provider": "'anthropic'",
        "model": of["model"],
        "operation": "'chat'",
        "tier": f"CASE WHEN {of['speed']} = 'fast' THEN 'fast' ELSE {of['service_tier']} END",
        "region": f"nullif({of['inference_geo']}, 'not_available')",
        "uncached": sample.sql("results.uncached_input_tokens"),
        "cache_read": sample.sql("results.cache_read_input_tokens"),
        # Where the report does not say for how long, a write is for five minutes.
        "cache_write_5m": _written(sample, "5m", sample.sql("results.cache_creation_input_tokens")),
        "cache_write_1h": _written(sample, "1h", "NULL"),
        "output": sample.sql("results.output_tokens"),
        "web_searches": sample.sql("results.server_tool_use.web_search_requests", "results.web_search_requests"),
        "context": _context(of["context_window"]),
        "span_id": identity("'messages'", sample.sql("starting_at"), sample.sql("ending_at"), *of.values()),
        "project": of["workspace_id"],
        "user": f"coalesce({of['account_id']}, {of['service_account_id']})",
        "key": of["api_key_id"],
    }
    unknown = () if sample.values("results.context_window") else (f"{sample.path.name}: {NO_CONTEXT}",)
    notes = (*pages.notes(sample), *pages.overlaps(sample), f"{sample.path.name}: {NO_REQUESTS}", *unknown)
    return checked(Reading(columns, version, notes=notes))


def _written(sample: Sample, life: str, otherwise: str) -> str:
    """Tokens written to the cache for `life`, nested or not."""
    nested = f"results.cache_creation.ephemeral_{life}_input_tokens"
    flat = (f"results.cache_creation_{life}_input_tokens", f"results.ephemeral_{life}_input_tokens")
    return f"coalesce({', '.join([*(sample.sql(name) for name in (nested, *flat)), otherwise])})"


def _context(window: str) -> str:
    """The fewest tokens of a prompt in a window such as `200k-1M`, 0 where the report does not say."""
    number, unit = (f"regexp_extract({window}, {literal('([0-9]+)([kKmM]?)')}, {group})" for group in (1, 2))
    scales = " ".join(f"WHEN {literal(letter)} THEN CAST({scale} AS BIGINT)" for letter, scale in UNITS.items())
    above = f"TRY_CAST({number} AS INTEGER) * CASE lower({unit}) {scales} ELSE 1 END"
    return f"coalesce({above} + CASE WHEN {number} = '0' THEN 0 ELSE 1 END, 0)"


SOURCE = Source("anthropic-usage", "Anthropic usage report, pages of buckets (JSON)", detect, read, NEEDS, EVENT)
