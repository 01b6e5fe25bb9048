"""A plain table of calls, or of windows of calls: CSV or Parquet with the columns that an event has.

`--map` names the columns of another table, `--set` fills what it does not have, `--origin` anchors clocks that count
from the start of a recording. Tokens of a row are those of one request; a window
of `requests` calls has their means, unless its column `counts` says `total`.
Cached and reasoning tokens that a table does not have are taken as part of the input and the output.
"""

from difflib import get_close_matches

from outlay.ledger.tables import EVENT
from outlay.model.charge import literal, quoted
from outlay.model.event import CALL, COUNTS
from outlay.model.problem import InputError
from outlay.sources.source import Check, Reading, Sample, Source
from outlay.sources.traffic.calls import checked

NAMES = tuple(column.name for column in CALL)
# The column that says whether tokens are the `mean` of a request or the `total` of a window.
COUNTED, TOTAL = "counts", "total"
TOKENS = ("input", "uncached", "output")
# What a clock counts, by the end of its column's name.
UNITS = {"_ms": 1_000, "_us": 1_000_000, "_ns": 1_000_000_000}


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
    if "time" in found:
        found["time"] = _time(sample, found["time"])
    requests = found.get("requests")
    checks: tuple[Check, ...] = ()
    totals = sample.given.constants.get(COUNTED) == TOTAL
    if requests and not totals:
        checks = tuple(_number(name, found[name]) for name in COUNTS if name in found)
        counted = sample.sql(COUNTED)
        found |= {name: _summed(found[name], requests, counted) for name in COUNTS if name in found}
    return checked(Reading(found, version, checks=checks))


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


def _time(sample: Sample, column: str) -> str:
    """A time, or the seconds since `--origin`."""
    if sample.given.origin is None:
        return column
    name = column.strip('"').lower()
    scale = next((n for end, n in UNITS.items() if name.endswith(end)), 1)
    micros = f"CAST(round(TRY_CAST({column} AS DOUBLE) * {1_000_000 / scale}) AS BIGINT)"
    return f"TIMESTAMPTZ {literal(sample.given.origin.isoformat())} + to_microseconds({micros})"


def _summed(mean: str, requests: str, counted: str) -> str:
    """The tokens of a window: their mean times its requests (one if it does not say), or their total as it says."""
    times = f"CASE WHEN lower({counted}) = '{TOTAL}' THEN 1 ELSE coalesce(TRY_CAST({requests} AS DOUBLE), 1) END"
    return _total(mean, times)


def _total(mean: str, requests: str) -> str:
    """A mean times a number, in whole tokens."""
    return f"CAST(round(TRY_CAST({mean} AS DOUBLE) * ({requests})) AS BIGINT)"


def _number(name: str, mean: str) -> Check:
    unreadable = f"{mean} IS NOT NULL AND TRY_CAST({mean} AS DOUBLE) IS NULL"
    return Check("E-ROW-002", "not a number", "write whole tokens or a mean", name, unreadable, value=mean)


SOURCE = Source(
    "usage",
    "calls or windows of calls (CSV, Parquet)",
    detect,
    read,
    needs=(("time",), ("model",), TOKENS),
    shape=EVENT,
    remedy="--map time=COLUMN names a column of your table, --set model=NAME fills what it does not have",
)
