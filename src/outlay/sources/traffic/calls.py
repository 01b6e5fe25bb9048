"""What every source of traffic shares: checks of what no call can be, and times without a date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from outlay.model.charge import quoted
from outlay.model.event import CACHED, COUNTS, MOST, failed_sql
from outlay.sources import records
from outlay.sources.source import Check, Reading, Sample

WHOLE, TOKENS = ("requests", *COUNTS), ("input", "uncached", "output")
# Beyond these years no price holds, and no day can be added to a time.
AGE = ("TIMESTAMPTZ '1970-01-01 00:00:00Z'", "TIMESTAMPTZ '9998-12-31 23:59:59.999999Z'")
IS_TIME = f"{quoted('_t_time')} BETWEEN {' AND '.join(AGE)}"
# Counts of tokens that cannot be are unknown to pricing; it does not look at these.
WITHIN = {"time": AGE, "requests": ("0", str(MOST))}
# A clock may be wrong by hours between zones, not by more.
AHEAD = "INTERVAL 1 DAY"
# A line of JSON that cannot be read is a record without anything; so is a value that is no object.
BROKEN = Check(
    "E-ROW-001",
    "not a JSON object",
    "the record was left out; repair it or export again",
    "time",
    "json IS NULL OR json_type(json) <> 'OBJECT'",
    empties="time",
    value="''",
)


def of_records(
    sample: Sample,
    paths: Mapping[str, str],
    columns: Mapping[str, str],
    version: str,
    *,
    opened: Sequence[str] = (),
    where: tuple[str, str] = ("", ""),
    notes: tuple[str, ...] = (),
) -> Reading:
    """The reading of JSON records, or of a table with JSON in its cells; `where` keeps rows and says what the rest is.

    A record that is broken is kept until it is told.
    """
    kept, dropped = where
    return checked(
        Reading(
            columns,
            version,
            where=f"({kept}) OR {BROKEN.when}" if kept else "",
            dropped_reason=dropped,
            relation=records.fields(sample, paths, opened),
            notes=notes,
            checks=(BROKEN,),
        )
    )


def over_raw(sql: str) -> str:
    """SQL over the rows of the file, which it names RAW, as the relation of a reading."""
    return records.escaped(sql).replace("RAW", "{raw}")


def checked(reading: Reading, said: Mapping[str, str] | None = None) -> Reading:
    """The reading with the checks of a call beside its own, without the columns that its file does not have.

    `said` is the SQL of what the file says of a column, where that is not what is loaded.
    """
    columns = {name: sql for name, sql in reading.columns.items() if sql != "NULL"}
    values = {**columns, **(said or {})}
    return replace(reading, columns=columns, checks=(*reading.checks, *_checks(values)), within=WITHIN)


def _checks(values: Mapping[str, str]) -> Iterator[Check]:
    """The checks of the columns that a file has, each with the SQL of what it quotes."""
    for name in (n for n in WHOLE if n in values):
        what, hint = f"{name} is below 0 or above 10^15", "it was taken as unknown"
        check = _check("E-CALL-001", what, hint, name, f"NOT {_is_count(name)}", values)
        yield replace(check, bounds=("0", str(MOST)))
    if "input" in values and (cached := [c for c in CACHED if c in values]):
        total = " + ".join(f"CASE WHEN {_typed(c)} > 0 THEN {_typed(c)} ELSE 0 END" for c in cached)
        what, hint = "more cached tokens than input", "the input was taken to leave them out"
        less = f"{_typed('input')} >= 0 AND {_typed('input')} < {total}"
        yield _check("W-CALL-002", what, hint, "input", less, values)
    if "time" in values:
        yield from _times(values)
    if known := [name for name in TOKENS if name in values]:
        none = " AND ".join(f"{_typed(name)} IS NULL" for name in known)
        # What has no time is left out anyway.
        none += f" AND {IS_TIME}" if "time" in values else ""
        what, hint = "no token counts", "its cost is not known; it is counted as unpriced"
        yield _check("W-CALL-004", what, hint, known[0], none + _answered(values), values)


def _times(values: Mapping[str, str]) -> Iterator[Check]:
    what, hint = "a time that no call can have", "write a time between the years 1970 and 9998; the row was left out"
    yield replace(_check("E-ROW-004", what, hint, "time", f"NOT ({IS_TIME})", values), empties="time", bounds=AGE)
    late = f"{IS_TIME} AND {_typed('time')} > now() + {AHEAD}"
    check = _check("W-CALL-003", "a call of the future", "check the clock of that machine", "time", late, values)
    yield replace(check, bounds=(AGE[0], f"now() + {AHEAD}"))


def _answered(values: Mapping[str, str]) -> str:
    """Calls that did not fail: one that failed may have no tokens."""
    return f" AND NOT {failed_sql(_typed('status'))}" if "status" in values else ""


def _check(code: str, what: str, hint: str, name: str, when: str, values: Mapping[str, str]) -> Check:
    return Check(code, what, hint, name, f"coalesce({when}, false)", value=values[name])


def _is_count(name: str) -> str:
    return f"({_typed(name)} BETWEEN 0 AND {MOST})"


def _typed(name: str) -> str:
    """A typed value, by the name that `sources.typed` gives it."""
    return quoted(f"_t_{name}")
