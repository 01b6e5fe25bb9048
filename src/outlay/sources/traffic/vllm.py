"""vLLM's counters: scrapes of its metrics, or what Prometheus answers to `query_range`.

A counter only grows; one that is smaller than before belongs to a server that was started again, and counts from zero.
What it grew between two scrapes is one event. Prompt tokens hold those that the prefix cache answered.
"""

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal
from outlay.sources import scrapes
from outlay.sources.source import Check, Reading, Sample, Source
from outlay.sources.texts import moment, since_1970
from outlay.sources.traffic.calls import BROKEN as UNREADABLE
from outlay.sources.traffic.calls import checked, over_raw
from outlay.sources.traffic.values import identity

MATRIX = ("data.resultType", "data.result")
PREFIX = "vllm:"
# What is counted, with the names of its counter: the first that a server has is read.
COUNTERS = {
    "input": ("prompt_tokens_total", "prompt_tokens"),
    "cache_read": (
        *("prompt_tokens_cached_total", "prefix_cache_hits_total", "prefix_cache_hits"),
        *("gpu_prefix_cache_hits_total", "gpu_prefix_cache_hits"),
    ),
    "output": ("generation_tokens_total", "generation_tokens"),
    "requests": ("request_success_total", "request_success"),
}
SERIES = ("model", "engine", "instance")
LABELS = {"model": ("model_name",), "engine": ("engine",), "instance": ("instance", "pod", "kubernetes_pod_name")}
SAMPLE = r"^(vllm:\w+)(?:\{(.*)\})?\s+(\S+)(?:\s+(-?\d+))?\s*$"
SCRAPE = r"^# scrape\s+(\S.*)$"
BROKEN = Check(
    "E-ROW-001",
    "not a sample of a counter with its time",
    "the sample was left out; write a line `# scrape TIME` before each scrape",
    "time",
    "broken IS NOT NULL",
    empties="time",
    value="broken",
)
OLD_BLOCKS = "gpu_prefix_cache_hits counts blocks in old versions of vLLM, not tokens; its cached tokens may be too few"


def detect(sample: Sample) -> str | None:
    """`scrapes` or `query-range` if the file holds counters of vLLM, else None."""
    if sample.format == scrapes.FORMAT:
        return "scrapes"
    found = "matrix" in sample.values(MATRIX[0]) and any(f'"{PREFIX}' in text for text in sample.values(MATRIX[1]))
    return "query-range" if found else None


def read(sample: Sample, version: str) -> Reading:
    """What the counters of each model of each server grew between two scrapes, as the calls of that window."""
    samples = _of_scrapes() if version == "scrapes" else _of_matrix()
    columns = {
        "time": "since",
        "provider": "'vllm'",
        "model": "model",
        **{name: f"CAST({name} AS VARCHAR)" for name in COUNTERS},
        "span_id": identity("'vllm'", *SERIES, "CAST(since AS VARCHAR)"),
    }
    old = any("gpu_prefix_cache_hits" in text for row in sample.rows for text in row.values() if text)
    notes = (f"{sample.path.name}: {OLD_BLOCKS}",) if old else ()
    relation = over_raw(_increases(samples))
    return checked(Reading(columns, version, relation=relation, checks=(BROKEN,), notes=notes))


def _of_scrapes() -> str:
    """Every sample of a counter in lines of text; its time is its own, else that of its scrape."""
    fields = f"regexp_extract(line, {literal(SAMPLE)}, ['name', 'labels', 'value', 'stamp'])"
    marked = f"nullif(regexp_extract(line, {literal(SCRAPE)}, 1), '')"
    scraped = f"last_value({marked} IGNORE NULLS) OVER (ORDER BY x_RowId ROWS UNBOUNDED PRECEDING)"
    own = since_1970("TRY_CAST(nullif(f.stamp, '') AS BIGINT) / 1000")
    labels = ", ".join(f"{_label(names)} AS {name}" for name, names in LABELS.items())
    lines = f"SELECT x_RowId, line, {scraped} AS scraped, {fields} AS f FROM RAW"
    return (
        f"SELECT x_RowId, f.name AS name, {labels}, "
        f"coalesce({own}, TRY_CAST({moment('scraped')} AS TIMESTAMPTZ)) AS taken, f.value AS value, line AS text "
        f"FROM ({lines}) WHERE line LIKE '{PREFIX}%' AND regexp_matches(line, {literal(_wanted())})"
    )


def _wanted() -> str:
    """What a line of one of the counters begins with."""
    return f"^{PREFIX}({'|'.join(name for names in COUNTERS.values() for name in names)})[^a-z_]"


def _label(names: tuple[str, ...]) -> str:
    patterns = (literal(f'(?:^|,) *{name}="([^"]*)"') for name in names)
    found = ", ".join(f"nullif(regexp_extract(f.labels, {pattern}, 1), '')" for pattern in patterns)
    return f"coalesce({found}, '')"


def _of_matrix() -> str:
    """Every sample of a counter in the series that Prometheus answered."""
    series = "SELECT x_RowId, unnest(TRY_CAST(json_extract(json, '$.data.result') AS JSON[])) AS series FROM RAW"
    pairs = f"SELECT x_RowId, series, unnest(TRY_CAST(series->'values' AS JSON[])) AS pair FROM ({series})"
    labels = ", ".join(f"{_of_metric(names)} AS {name}" for name, names in LABELS.items())
    known = ", ".join(literal(PREFIX + name) for names in COUNTERS.values() for name in names)
    return (
        f"SELECT x_RowId, series->>'$.metric.__name__' AS name, {labels}, "
        f"{since_1970('TRY_CAST(pair->>0 AS DOUBLE)')} AS taken, pair->>1 AS value, CAST(pair AS VARCHAR) AS text "
        f"FROM ({pairs}) WHERE coalesce(series->>'$.metric.__name__', '') IN ('', {known}) UNION ALL "
        f"SELECT x_RowId, NULL, '', '', '', NULL, NULL, '' FROM RAW WHERE {UNREADABLE.when}"
    )


def _of_metric(labels: tuple[str, ...]) -> str:
    found = ", ".join(f"series->>'$.metric.{label}'" for label in labels)
    return f"coalesce({found}, '')"


def _increases(samples: str) -> str:
    """A row for each window in which something was counted, and one for each sample that cannot be read."""
    number = "TRY_CAST(value AS DOUBLE)"
    readable = f"coalesce(isfinite({number}) AND {number} >= 0 AND taken IS NOT NULL AND name <> '', false)"
    keys = ", ".join(SERIES)
    sums = ", ".join(f"{_counter(names)} AS {name}" for name, names in COUNTERS.items())
    before = f"(PARTITION BY {keys} ORDER BY taken)"
    grown = ", ".join(f"{_grown(name, f'lag({name} IGNORE NULLS) OVER {before}')} AS {name}" for name in COUNTERS)
    some = " OR ".join(f"{name} > 0" for name in COUNTERS)
    none = ", ".join("NULL" for _ in COUNTERS)
    return (
        f"(WITH samples AS ({samples}), "
        f"states AS (SELECT min(x_RowId) AS x_RowId, taken, {keys}, {sums} FROM samples WHERE {readable} "
        f"GROUP BY taken, {keys}), "
        f"windows AS (SELECT x_RowId, lag(taken) OVER {before} AS since, {keys}, {grown} FROM states) "
        f"SELECT *, NULL AS broken FROM windows WHERE since IS NOT NULL AND ({some}) UNION ALL "
        f"SELECT x_RowId, NULL, {keys}, {none}, text FROM samples WHERE NOT {readable} "
        f"ORDER BY x_RowId, since, {keys}, broken)"
    )


def _grown(now: str, before: str) -> str:
    return f"TRY_CAST(round(CASE WHEN {now} < {before} THEN {now} ELSE {now} - {before} END) AS BIGINT)"


def _counter(names: tuple[str, ...]) -> str:
    found = (f"sum(CAST(value AS DOUBLE)) FILTER (WHERE name = {literal(PREFIX + name)})" for name in names)
    return f"coalesce({', '.join(found)})"


SOURCE = Source(
    "vllm",
    "vLLM counters: scrapes (text), query_range of Prometheus (JSON)",
    detect,
    read,
    tuple((n,) for n in MATRIX),
    EVENT,
)
