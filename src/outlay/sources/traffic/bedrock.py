"""Amazon Bedrock's log of model invocations, as it is written to S3: lines of JSON.

`inputTokenCount` leaves the cached tokens out. Who called is in `identity.arn`; `requestMetadata` holds what the caller
said of the call.
"""

from outlay.ledger.tables import EVENT
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import of_records
from outlay.sources.traffic.values import first, last_part, subject_columns, subjects, total

NEEDS = (("modelId",), ("requestId",), ("operation",), ("timestamp",), ("accountId",))
BODY = "$.output.outputBodyJson"
USAGE = f"{BODY}.usage"
PATHS = {
    **{name: f"$.{name}" for name in ("timestamp", "accountId", "region", "requestId", "operation", "modelId")},
    **{name: f"$.{name}" for name in ("errorCode", "serviceTier")},
    "arn": "$.identity.arn",
    "speed": "$.performanceConfig.latency",
    "tier_too": f"{USAGE}.service_tier",
    "fresh": "$.input.inputTokenCount",
    "fresh_too": f"{USAGE}.inputTokens",
    "fresh_claude": f"{USAGE}.input_tokens",
    "found": "$.input.cacheReadInputTokenCount",
    "found_too": f"{USAGE}.cacheReadInputTokens",
    "found_claude": f"{USAGE}.cache_read_input_tokens",
    "written": "$.input.cacheWriteInputTokenCount",
    "written_too": f"{USAGE}.cacheWriteInputTokens",
    "written_claude": f"{USAGE}.cache_creation_input_tokens",
    "written_1h": f"{USAGE}.cache_creation.ephemeral_1h_input_tokens",
    "answer": "$.output.outputTokenCount",
    "answer_too": f"{USAGE}.outputTokens",
    "answer_claude": f"{USAGE}.output_tokens",
    "took": f"{BODY}.metrics.latencyMs",
    "id_claude": f"{BODY}.id",
    **subjects(["$.requestMetadata"]),
}
USER, ROLE = r"':user/(.+)$'", r"':assumed-role/([^/]+)'"


def detect(sample: Sample) -> str | None:
    """The version of the log's schema if the records are of it, else None."""
    if sample.format != "json" or not all(sample.column(*names) for names in NEEDS):
        return None
    return next(iter(sample.values("schemaVersion")), "1.0")


def read(sample: Sample, version: str) -> Reading:
    """Each record as one call; one with an error may have no tokens."""
    told = subject_columns(1)
    written, longer = first("written", "written_too", "written_claude"), first("written_1h")
    shorter = f"CAST(-TRY_CAST({longer} AS BIGINT) AS VARCHAR)"
    columns = {
        "time": "timestamp",
        "provider": "'aws.bedrock'",
        "model": last_part("modelId"),
        "operation": "operation",
        "tier": f"coalesce({first('serviceTier', 'tier_too')}, nullif({first('speed')}, 'standard'))",
        "region": "region",
        "uncached": first("fresh", "fresh_too", "fresh_claude"),
        "cache_read": first("found", "found_too", "found_claude"),
        "cache_write_5m": f"CASE WHEN {written} IS NOT NULL THEN {total(written, shorter)} END",
        "cache_write_1h": longer,
        "output": first("answer", "answer_too", "answer_claude"),
        "id": f"coalesce({first('id_claude')}, requestId)",
        "span_id": "requestId",
        "status": f"CASE WHEN {first('errorCode')} IS NULL THEN 'ok' ELSE 'error' END",
        "latency_ms": "took",
        **told,
        "user": f"nullif(regexp_extract(arn, {USER}, 1), '')",
        "key": f"nullif(regexp_extract(arn, {ROLE}, 1), '')",
        # The account that used it. Who pays for it is another one, which the log does not say.
        "project": f"coalesce({told['project']}, accountId)",
    }
    return of_records(sample, PATHS, columns, version, opened=("requestMetadata",))


SOURCE = Source("bedrock", "Amazon Bedrock invocation log (JSON lines)", detect, read, needs=NEEDS, shape=EVENT)
