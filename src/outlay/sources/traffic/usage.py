"""A plain table of calls, or of windows of calls: CSV or Parquet with the columns that an event has.

`--map` names the columns of another table, `--set` fills what it does not have, `--origin` anchors clocks that count
from the start of a recording. Tokens of a row are those of one request; a window
of `requests` calls has their means, unless its column `counts` says `total`.
Cached and reasoning tokens that a table does not have are taken as part of the input and the output.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal, quoted
from outlay.model.event import CALL, COUNTS, MOST
from outlay.model.problem import InputError
from outlay.sources.source import Check, Reading, Sample, Source
from outlay.sources.traffic.calls import TOKENS, checked

NAMES = tuple(column.name for column in CALL)
# The column that says whether tokens are the `mean` of a request or the `total` of a window.
COUNTED, TOTAL = "counts", "total"
# What a clock counts, by the end of its column's name.
UNITS = {"_ms": 1_000, "_us": 1_000_000, "_ns": 1_000_000_000}
NUMBER = re.compile(r"\d+(\.\d*)?")
# More seconds than lie between any two calls.
SECONDS = 10**12
BEYOND = 2 * MOST
# What a rate times a duration may be off a whole number.
NOISE = 1e-6
# How other tables often call what a call has; they are not read, as nobody knows what they hold.
ALIASES = {
    **dict.fromkeys(("input_tokens", "prompt_tokens", "tokens_in", "context_tokens"), "input"),
    **dict.fromkeys(("output_tokens", "completion_tokens", "tokens_out", "generated_tokens"), "output"),
    **dict.fromkeys(("cached_tokens", "cache_read_tokens", "cache_read_input_tokens"), "cache_read"),
    **dict.fromkeys(("cache_write_tokens", "cache_creation_input_tokens"), "cache_write_5m"),
    "reasoning_tokens": "reasoning",
    **dict.fromkeys(("cost", "cost_usd", "total_cost"), "stated_cost"),
}


def detect(sample: Sample) -> str | None:
    """`1` if the table has a time, a model and tokens, as they are named or as `--map` names them; else None."""
    if sample.format == "json":
        return None
    given = {*sample.given.columns, *sample.given.constants}
    has = [name in given or sample.has(name) for name in ("time", "model")]
    tokens = any(name in given or sample.has(name) for name in TOKENS)
    return "1" if all(has) and tokens and not sample.has("BilledCost") else None


def read(sample: Sample, version: str) -> Reading:
    """Each row as a call, or as a window of alike calls. Raises `InputError` for a name that is none."""
    found = _columns(sample)
    said = dict(found)
    checks: list[Check] = []
    if "time" in found:
        checks += _clock(sample, found["time"])
        found["time"] = _time(sample, found["time"])
    if requests := found.get("requests"):
        checks += _requests(sample, found, requests)
    if requests and sample.given.constants.get(COUNTED) != TOTAL:
        checks += (_number(name, found[name]) for name in COUNTS if name in found)
        counted = sample.sql(COUNTED)
        found |= {name: _summed(found[name], requests, counted) for name in COUNTS if name in found}
    else:
        checks += (_fraction(sample, name, found[name]) for name in COUNTS if name in found)
    return checked(Reading(found, version, checks=tuple(checks), notes=_unread(sample, said)), said)


def _columns(sample: Sample) -> dict[str, str]:
    """The columns of an event with what the table, `--map` and `--set` say of each."""
    given = sample.given
    for name in (*given.columns, *given.constants):
        if name not in (*NAMES, COUNTED):
            near = get_close_matches(name, NAMES, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(NAMES)}"
            raise InputError("E-LOAD-005", f"a call has no {name!r}", hint)
    found = {name: quoted(own) for name in NAMES if (own := sample.column(name)) and name not in given.constants}
    for name, foreign in given.columns.items():
        own = sample.column(foreign)
        if own is None:
            near = get_close_matches(foreign, sample.columns, n=3)
            hint = f"did you mean {', '.join(near)}?" if near else f"it has: {', '.join(sample.columns[:12])}"
            raise InputError("E-LOAD-006", f"the table has no column {foreign!r}", hint, f"{sample.path}:1")
        found[name] = quoted(own)
    return found


def _clock(sample: Sample, column: str) -> Iterator[Check]:
    """The check of times that are numbers without an origin, or that have one and are no numbers."""
    number = f"TRY_CAST({column} AS DOUBLE)"
    if sample.given.origin:
        wrong = f"{column} IS NOT NULL AND NOT coalesce(abs({number}) < {_scale(column) * SECONDS}, false)"
        hint = "with --origin a time is a number of seconds; the row was left out"
        yield Check("E-ROW-004", "not a time", hint, "time", wrong, empties="time", value=column)
    elif _is_numbered(sample, column):
        hint = "say when they began to be counted: --origin 1970-01-01T00:00:00Z for seconds since 1970"
        what = f"{number} IS NOT NULL"
        yield Check("E-ROW-004", "a number and not a time", hint, "time", what, empties="time", value=column)


def _is_numbered(sample: Sample, column: str) -> bool:
    """Whether there are numbers among the first times of a table."""
    delivered = next((name for name in sample.columns if quoted(name) == column), "")
    return any(NUMBER.fullmatch(time) for time in sample.values(delivered))


def _time(sample: Sample, column: str) -> str:
    """A time, or the seconds since `--origin`."""
    if sample.given.origin is None:
        text = f"CAST({column} AS VARCHAR)"
        no_number = f"CASE WHEN TRY_CAST({text} AS DOUBLE) IS NULL THEN {text} END"
        return no_number if _is_numbered(sample, column) else column
    number, scale = f"TRY_CAST({column} AS DOUBLE)", _scale(column)
    micros = f"CAST(round({number} * {1_000_000 / scale}) AS BIGINT)"
    origin = f"TIMESTAMPTZ {literal(sample.given.origin.isoformat())}"
    return f"CASE WHEN abs({number}) < {scale * SECONDS} THEN {origin} + to_microseconds({micros}) END"


def _scale(column: str) -> int:
    """How many of what a clock counts are a second."""
    return next((n for end, n in UNITS.items() if column.strip('"').lower().endswith(end)), 1)


def _summed(mean: str, requests: str, counted: str) -> str:
    """The tokens of a window: their mean times its requests (one if it does not say), or their total as it says.

    A product beyond all counts stays beyond them, so that it is told.
    """
    number, several = f"TRY_CAST({mean} AS DOUBLE)", f"TRY_CAST({requests} AS DOUBLE)"
    known = f"CASE WHEN {several} BETWEEN 0 AND {MOST} THEN {several} ELSE 1 END"
    times = f"CASE WHEN lower({counted}) = '{TOTAL}' THEN 1 ELSE {known} END"
    product = f"{_bounded(number)} * {times}"
    return f"CASE WHEN isfinite({number}) THEN CAST(round({_bounded(product)}) AS BIGINT) END"


def _bounded(number: str) -> str:
    return f"greatest({-BEYOND}, least({BEYOND}, {number}))"


def _number(name: str, mean: str) -> Check:
    unreadable = f"{mean} IS NOT NULL AND NOT coalesce(isfinite(TRY_CAST({mean} AS DOUBLE)), false)"
    return Check("E-ROW-002", "not a number", "write whole tokens or a mean", name, unreadable, value=mean)


def _requests(sample: Sample, found: Mapping[str, str], requests: str) -> Iterator[Check]:
    """The checks of the requests of a window, beside those of every count."""
    yield _fraction(sample, "requests", requests)
    tokens = [found[name] for name in TOKENS if name in found]
    some = " OR ".join(f"coalesce(TRY_CAST({sql} AS DOUBLE) > 0, false)" for sql in tokens)
    what, hint = "tokens of no request", "a mean of none counts nothing; a total needs --set counts=total"
    if some:
        none = f"coalesce(TRY_CAST({requests} AS DOUBLE) = 0, false) AND ({some})"
        yield Check("W-CALL-007", what, hint, "requests", none, value=requests)


def _fraction(sample: Sample, name: str, count: str) -> Check:
    """A count with decimals. Texts without a point are not looked at twice."""
    number = f"TRY_CAST({count} AS DOUBLE)"
    part = f"coalesce(isfinite({number}) AND abs({number} - round({number})) > {NOISE}, false)"
    pointed = f"CASE WHEN contains({count}, '.') THEN {part} ELSE false END" if sample.format == "csv" else part
    what, hint = f"{name} is not a whole number", "it was rounded; a mean of several calls needs a column requests"
    return Check("W-CALL-008", what, hint, name, pointed, value=count)


def _unread(sample: Sample, found: Mapping[str, str]) -> tuple[str, ...]:
    """A note that names columns that look like counts or costs and are not read, with what reads them."""
    left: dict[str, str] = {}
    for name, target in ALIASES.items():
        own = sample.column(name)
        if own and target not in found and quoted(own) not in found.values():
            left.setdefault(target, own)
    said = ",".join(f"{target}={own}" for target, own in left.items())
    return (f"{sample.path.name}: not read: {', '.join(left.values())}; --map {said} reads them",) if left else ()


SOURCE = Source(
    "usage",
    "calls or windows of calls (CSV, Parquet)",
    detect,
    read,
    needs=(("time",), ("model",), TOKENS),
    shape=EVENT,
    remedy="--map time=COLUMN names a column of your table, --set model=NAME fills what it does not have",
)
