"""Traces of OpenTelemetry in files: the calls of models among their spans, whatever library wrote them.

The names of attributes are data (`sources/spans/names.csv`), and so is what kind of span each is
(`sources/spans/operations.csv`). Input tokens hold cached ones, output tokens hold reasoning, as the conventions have
it. The writes to a cache are given as a total, a part that lives for an hour, or both: the parts come out disjoint.
"""

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal, quoted
from outlay.model.event import SUBJECTS, WHO
from outlay.sources.source import Check, Reading, Sample, Source
from outlay.sources.spans import table
from outlay.sources.spans.names import Alias, aliases, operations
from outlay.sources.traffic.calls import checked
from outlay.sources.traffic.roles import counted

VERSION = "1"
LEFT_OUT = "spans that are no calls, or that repeat the calls inside them"
# Who bills per call and says what: the cost on its spans is the provider's own.
STATES_COSTS = "'openrouter'"
PLAIN = (
    *("provider", "model", "tier", "input", "output", "cache_read", "reasoning", "audio_input"),
    *("audio_output", "image_input", "image_output", "web_searches", "id", *SUBJECTS, *WHO),
)
# What others are computed from.
PARTS = (
    "uncached",
    *("cache_write", "cache_write_5m", "cache_write_1h", "cache_ttl", "error", "finish", "streamed", "stated_cost"),
    *("stated_source", "stated_currency", "stated_ticks"),
)


def detect(sample: Sample) -> str | None:
    """`1` if the file holds spans of OTLP, whether they are calls or not."""
    return VERSION if sample.format in table.FORMATS else None


def read(sample: Sample, version: str) -> Reading:
    """Each span that is a call as one event; on whose behalf it was made, a span above it may say."""
    found = {name: sql for name in (*PLAIN, *PARTS) if (sql := _first(sample, name))}
    columns = {name: quoted(name) for name in PLAIN if name in found} | _computed(found)
    listed = ", ".join(f"{sql} AS {quoted('_' + name if name in PARTS else name)}" for name, sql in found.items())
    usage = ", ".join(found[name] for name in ("input", "uncached", "output") if name in found)
    has_usage = f"coalesce({usage}) IS NOT NULL" if usage else "false"
    flat = (
        f"(SELECT x_RowId, record, broken, trace_id, span_id, parent_id, start_ns, end_ns, status_code, size, "
        f"{_operation(sample, 'role')} AS stated_role, {_operation(sample, 'operation')} AS stated_operation, "
        f"{has_usage} AS has_usage{', ' + listed if listed else ''} FROM {{raw}})"
    )
    said = [name for name in (*SUBJECTS, *WHO) if name in found]
    relation = counted(flat, said, has_id="id" in found)
    return checked(Reading(columns, version, "is_counted", LEFT_OUT, relation, checks=(_size(),)))


def _first(sample: Sample, column: str) -> str:
    """SQL for the first alias of a column that a span has; nothing if no span has any."""
    parts = [_value(a) for a in aliases() if a.column == column and sample.has(a.attribute)]
    return "" if not parts else f"coalesce({', '.join(parts)})"


def _value(alias: Alias) -> str:
    if alias.column == "finish":
        return quoted(alias.attribute)
    name = f"nullif({quoted(alias.attribute)}, '')"
    if alias.path == "$":
        return f"CASE WHEN json_valid({name}) THEN json_extract_string({name}, '$') ELSE {name} END"
    if alias.path:
        at = "$." + ".".join(quoted(key) for key in alias.path.split("."))
        name = f"CASE WHEN json_valid({name}) THEN json_extract_string({name}, {literal(at)}) END"
    return f"nullif({name}, 'auto')" if alias.notes.endswith("auto is none") else name


def _operation(sample: Sample, what: str) -> str:
    """What a span is, by the first of the attributes for that which it has with a known value."""
    parts = []
    for attribute in dict.fromkeys(o.attribute for o in operations()):
        if sample.has(attribute):
            whens = " ".join(
                f"WHEN {literal(o.value.lower())} THEN {literal(getattr(o, what))}"
                for o in operations()
                if o.attribute == attribute
            )
            parts.append(f"CASE lower({quoted(attribute)}) {whens} END")
    return f"coalesce({', '.join(parts)})" if parts else "CAST(NULL AS VARCHAR)"


def _computed(found: dict[str, str]) -> dict[str, str]:
    """The columns that no attribute holds as it is."""
    failed = f"status_code IN ('2', 'STATUS_CODE_ERROR'){' OR _error IS NOT NULL' if 'error' in found else ''}"
    start, end = "TRY_CAST(start_ns AS UBIGINT)", "TRY_CAST(end_ns AS UBIGINT)"
    took = f"CAST(({end} - {start}) // 1000000 AS BIGINT)"
    at = f"coalesce(nullif({start}, 0), nullif({end}, 0))"
    return {
        "time": f"timezone('UTC', make_timestamp(CAST({at} // 1000 AS BIGINT)))",
        "operation": "operation",
        "requests": "1",
        "trace_id": "trace_id",
        "span_id": "span_id",
        "parent_id": "parent_id",
        "status": f"CASE WHEN {failed} THEN 'error' ELSE 'ok' END",
        "latency_ms": f"CASE WHEN {end} >= {start} AND {start} > 0 THEN {took} END",
        "estimated": f"is_whole{_interrupted(found, failed)}",
        **_cache_writes(found),
        **_input(found),
        **_stated(found),
        **({"provider": "lower(provider)"} if "provider" in found else {}),
    }


def _interrupted(found: dict[str, str], failed: str) -> str:
    """True of a stream that was cut: it failed or has no reason to end, and its tokens are those until then."""
    if "streamed" not in found or "output" not in found:
        return ""
    cut = f"({failed}) OR lower(trim(_finish, ', ')) IN ('', 'error')" if "finish" in found else failed
    return f" OR coalesce(lower(_streamed) = 'true' AND TRY_CAST(output AS BIGINT) > 0 AND ({cut}), false)"


def _cache_writes(found: dict[str, str]) -> dict[str, str]:
    """Writes that live five minutes and those that live an hour, out of a total and its parts."""
    total, short, long = (
        f"_{n}" if n in found else "NULL" for n in ("cache_write", "cache_write_5m", "cache_write_1h")
    )
    if total == short == long:
        return {}
    if "cache_ttl" in found:
        long = f"coalesce({long}, CASE WHEN lower(_cache_ttl) = '1h' THEN {total} END)"
    given = f"TRY_CAST({total} AS BIGINT)"
    # A part that is not said is what the other leaves of the total.
    others = {part: f"CAST(greatest({given} - TRY_CAST({part} AS BIGINT), 0) AS VARCHAR)" for part in (short, long)}
    five = f"CASE WHEN {long} IS NULL OR {given} IS NULL THEN {total} ELSE {others[long]} END"
    hour = f"CASE WHEN {given} > TRY_CAST({short} AS BIGINT) THEN {others[short]} END"
    return {"cache_write_5m": f"coalesce({short}, {five})", "cache_write_1h": f"coalesce({long}, {hour})"}


def _input(found: dict[str, str]) -> dict[str, str]:
    """The whole input, out of what was not cached where only that is said."""
    if "uncached" not in found:
        return {}
    cached = [name for name in ("cache_read", "_cache_write") if name.removeprefix("_") in found]
    whole = " + ".join(f"coalesce(TRY_CAST({name} AS BIGINT), 0)" for name in ("_uncached", *cached))
    summed = f"CASE WHEN TRY_CAST(_uncached AS BIGINT) IS NULL THEN _uncached ELSE CAST({whole} AS VARCHAR) END"
    return {"input": f"coalesce(input, {summed})" if "input" in found else summed}


def _stated(found: dict[str, str]) -> dict[str, str]:
    """What the call is said to have cost, and by whom. A cost in another currency than dollars is not taken."""
    costs, provider = [], []
    if "stated_ticks" in found:
        costs.append("CAST(TRY_CAST(_stated_ticks AS DECIMAL(28, 0)) * 0.0000000001 AS VARCHAR)")
        provider.append("_stated_ticks IS NOT NULL")
    if "stated_cost" in found:
        dollars = "coalesce(upper(_stated_currency), 'USD') = 'USD'" if "stated_currency" in found else "true"
        costs.append(f"CASE WHEN {dollars} THEN _stated_cost END")
    if not costs:
        return {}
    if "stated_source" in found:
        provider.append("coalesce(lower(_stated_source) = 'provider', false)")
    if "provider" in found:
        provider.append(f"coalesce(lower(provider) IN ({STATES_COSTS}), false)")
    by = f"CASE WHEN {' OR '.join(provider)} THEN 'provider' ELSE 'local' END" if provider else "'local'"
    said = f"coalesce({', '.join(costs)})"
    # A library that knows no price estimates nothing.
    cost = f"CASE WHEN {by} = 'provider' OR coalesce(TRY_CAST({said} AS DOUBLE) <> 0, true) THEN {said} END"
    return {"stated_cost": cost, "stated_by": f"CASE WHEN {cost} IS NOT NULL THEN {by} END"}


def _size() -> Check:
    what, hint = "a large span, in bytes", "its call was kept; leave prompts and answers out of spans"
    return Check("W-SPAN-001", what, hint, "size", f"size >= {table.LARGE}")


NEEDS = (("resourceSpans", "resource_spans"),)
SOURCE = Source("otlp", "traces of OpenTelemetry (JSON, protobuf)", detect, read, NEEDS, EVENT)
