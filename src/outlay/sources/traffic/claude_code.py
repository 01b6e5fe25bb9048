"""Claude Code's telemetry as OTLP in lines of JSON: what it counted in each interval, or each request that it logged.

Its input leaves the cached tokens out. Counters may be increases or running sums. The requests are exact: where a file
has them, the counters beside them say the same once more and are left out. E-mail addresses are not read.
"""

from collections.abc import Iterator

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal, quoted
from outlay.model.event import SUBJECTS
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.texts import since_1970
from outlay.sources.traffic.calls import BROKEN, checked, over_raw
from outlay.sources.traffic.telemetry import attributes, said, unnested
from outlay.sources.traffic.values import identity

METRICS, LOGS = "resourceMetrics", "resourceLogs"
MARK = "claude_code"
TOKENS, COST = "claude_code.token.usage", "claude_code.cost.usage"
# Running sums, as the two encodings of OTLP in JSON spell them.
CUMULATIVE = "'2', 'AGGREGATION_TEMPORALITY_CUMULATIVE'"
TYPES = {"uncached": "input", "cache_read": "cacheRead", "cache_write_5m": "cacheCreation", "output": "output"}
LOGGED = {
    "uncached": "input_tokens",
    "cache_read": "cache_read_tokens",
    "cache_write_5m": "cache_creation_tokens",
    "output": "output_tokens",
    "cost": "cost_usd",
    "request": "request_id",
    "took": "duration_ms",
}
COUNTS = (*TYPES, "cost")
# No part of what names a series: a class of tokens, and who a person is beyond an id.
NO_KEY = "'type', 'user.email'"
BOTH = "its counters say the same as its requests and were left out"
NO_REQUESTS = "its counters do not say how many requests there were; long prompts are priced as short ones"

RUNNING = (
    "its counters are running sums; a session that goes on in another file is counted there from its start again: "
    "put the files of a session into one"
)


def detect(sample: Sample) -> str | None:
    """`requests` if the file has logged requests of Claude Code, `counters` if only its metrics, else None."""
    texts = [text for name in (METRICS, LOGS) for text in sample.values(name)]
    if sample.format != "json" or sample.query is None or not any(MARK in text for text in texts):
        return None
    logged = f"json_exists(json, '$.{LOGS}') AND contains(CAST(json AS VARCHAR), 'api_request')"
    return "requests" if sample.query(f"SELECT 1 FROM {{raw}} WHERE {logged} LIMIT 1") else "counters"


def read(sample: Sample, version: str) -> Reading:
    """Each logged request, or what was counted for each session and model in an interval, as an event."""
    counters = version == "counters"
    broken = f"SELECT x_RowId, json, NULL AS said, {_nothing()} FROM RAW WHERE {BROKEN.when}"
    relation = f"({_counted() if counters else _logged()} UNION ALL BY NAME {broken} ORDER BY x_RowId, at_ns, series)"
    model = f"regexp_replace({said('model')}, '\\[.*\\]$', '')"
    columns = {
        "time": f"coalesce(CAST({since_1970('TRY_CAST(at_ns AS DOUBLE) / 1e9')} AS VARCHAR), at_ns)",
        "provider": f"CASE WHEN {model} LIKE '%anthropic.%' THEN 'aws.bedrock' WHEN {model} LIKE '%@%' "
        "THEN 'gcp.vertex_ai' ELSE 'anthropic' END",
        "model": model,
        "operation": "'chat'",
        "tier": f"CASE WHEN {said('speed')} = 'fast' THEN 'fast' END",
        **{name: quoted(name) for name in TYPES},
        "context": "0" if counters else "NULL",
        "id": "request",
        "span_id": identity(literal(MARK), said("session.id"), "at_ns", "md5(series)"),
        "status": "CASE WHEN failed THEN 'error' ELSE 'ok' END",
        "latency_ms": "took",
        "stated_cost": "cost",
        "stated_by": "CASE WHEN cost IS NOT NULL THEN 'local' END",
        **{name: said(name) for name in SUBJECTS},
        "team": said("team", "team.id"),
        "environment": said("environment", "deployment.environment.name", "deployment.environment"),
        "user": said("user.account_uuid", "user.id"),
        "session": said("session.id"),
        "account": said("organization.id"),
    }
    notes = tuple(f"{sample.path.name}: {note}" for note in _notes(sample, counters=counters))
    return checked(Reading(columns, version, relation=over_raw(relation), checks=(BROKEN,), notes=notes))


def _notes(sample: Sample, *, counters: bool) -> Iterator[str]:
    """What is to be said of the counters of a file as a whole."""
    if counters:
        yield NO_REQUESTS
        if sample.query and sample.query(f"SELECT 1 FROM {{raw}} WHERE {_runs()} LIMIT 1"):
            yield RUNNING
    elif sample.column(METRICS):
        yield BOTH


def _runs() -> str:
    """Whether some counter of a record is a running sum."""
    metrics = f"json_extract(json, '$.{METRICS}[*].scopeMetrics[*].metrics[*]')"
    kind = f"(m->>'$.sum.aggregationTemporality') IN ({CUMULATIVE})"
    return f"len([m FOR m IN {metrics} IF (m->>'$.name') = '{TOKENS}' AND {kind}]) > 0"


def _counted() -> str:
    """What was counted for each set of attributes in an interval."""
    value = "coalesce(point->>'$.asInt', point->>'$.asDouble')"
    start = "point->>'$.startTimeUnixNano'"
    temporality = "metric->>'$.sum.aggregationTemporality'"
    points = (
        f"SELECT x_RowId, point AS json, point->>'$.timeUnixNano' AS at_ns, {start} AS start, {value} AS value, "
        f"metric->>'$.name' AS name, coalesce({temporality} IN ({CUMULATIVE}), false) AS runs, "
        f"{attributes('point', 'of')} AS said "
        f"FROM ({unnested(METRICS, 'scopeMetrics', 'metrics', 'metric')}), "
        f"unnest(TRY_CAST(metric->'$.sum.dataPoints' AS JSON[])) AS points(point) "
        f"WHERE metric->>'$.name' IN ('{TOKENS}', '{COST}')"
    )
    named = f"SELECT *, {_series()} AS series, {said('type')} AS type, {_number('value')} AS number FROM ({points})"
    order = "TRY_CAST(at_ns AS BIGINT), number, x_RowId"
    before = f"lag(number) OVER (PARTITION BY name, series, type, start ORDER BY {order})"
    grown = (
        f"SELECT *, CASE WHEN runs AND number >= {before} THEN number - {before} ELSE number END AS more FROM ({named})"
    )
    kinds = {name: f"type = '{kind}'" for name, kind in TYPES.items()} | {"cost": f"name = '{COST}'"}
    sums = ", ".join(f"{_sum(kind, name in TYPES)} AS {quoted(name)}" for name, kind in kinds.items())
    return (
        f"SELECT min(x_RowId) AS x_RowId, min(json) AS json, min(said) AS said, at_ns, series, {sums}, "
        f"CAST(NULL AS VARCHAR) AS request, CAST(NULL AS VARCHAR) AS took, false AS failed "
        f"FROM ({grown}) GROUP BY x_RowId, at_ns, series HAVING {' OR '.join(_any(k) for k in kinds.values())}"
    )


def _logged() -> str:
    """Each request that was logged, and each that failed."""
    event = f"coalesce({said('event.name')}, record->>'$.body.stringValue')"
    records = (
        f"SELECT x_RowId, record, {attributes('record', 'of')} AS said "
        f"FROM ({unnested(LOGS, 'scopeLogs', 'logRecords', 'record')})"
    )
    found = ", ".join(f"{said(key)} AS {quoted(name)}" for name, key in LOGGED.items())
    return (
        f"SELECT x_RowId, record AS json, said, record->>'$.timeUnixNano' AS at_ns, {_series()} AS series, {found}, "
        f"{event} LIKE '%api_error' AS failed FROM ({records}) "
        f"WHERE {event} IN ('api_request', 'api_error', '{MARK}.api_request', '{MARK}.api_error')"
    )


def _series() -> str:
    """What names a series of counts: its attributes, whatever their order."""
    pairs = f"[a[1] || '=' || a[2] FOR a IN list_zip(said.keys, said.texts) IF a[1] NOT IN ({NO_KEY})]"
    return f"array_to_string(list_sort({pairs}), '|')"


def _number(value: str) -> str:
    return f"TRY_CAST({value} AS DECIMAL(38, 18))"


def _any(kind: str) -> str:
    return f"bool_or({kind} AND (more <> 0 OR number IS NULL))"


def _sum(kind: str, tokens: bool) -> str:
    """The sum of a class, or a text in it that is no number. Of tokens, a class that was not counted has none."""
    odd = f"max(value) FILTER (WHERE {kind} AND number IS NULL)"
    none = f", CASE WHEN bool_or(name = '{TOKENS}') THEN '0' END" if tokens else ""
    return f"coalesce({odd}, CAST(sum(more) FILTER (WHERE {kind}) AS VARCHAR){none})"


def _nothing() -> str:
    names = ("at_ns", "series", *LOGGED)
    return ", ".join([*(f"CAST(NULL AS VARCHAR) AS {quoted(name)}" for name in names), "false AS failed"])


NEEDS = ((METRICS, LOGS),)
SOURCE = Source("claude-code", "Claude Code telemetry, OTLP (JSON lines)", detect, read, NEEDS, EVENT)
