"""What every source of traffic shares: checks of what no call can be, and times without a date."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from outlay.model.charge import quoted
from outlay.model.event import CACHED, COUNTS, failed_sql
from outlay.sources import records
from outlay.sources.source import Check, Reading, Sample

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


def checked(reading: Reading) -> Reading:
    """The reading with the checks of a call beside its own, without the columns that its file does not have."""
    columns = {name: sql for name, sql in reading.columns.items() if sql != "NULL"}
    return replace(reading, columns=columns, checks=(*reading.checks, *_checks(columns)))


def _checks(columns: Mapping[str, str]) -> Iterator[Check]:
    for name in COUNTS:
        if name in columns:
            hint = "it was taken as unknown"
            yield _check("E-CALL-001", f"{name} is negative", hint, name, f"{_typed(name)} < 0", columns)
    if "input" in columns and (cached := [c for c in CACHED if c in columns]):
        total = " + ".join(f"coalesce({_typed(c)}, 0)" for c in cached)
        what, hint = "more cached tokens than input", "the input was taken to leave them out"
        yield _check("W-CALL-002", what, hint, "input", f"{_typed('input')} < {total}", columns)
    if "time" in columns:
        late = f"{_typed('time')} > now() + {AHEAD}"
        yield _check("W-CALL-003", "a call of the future", "check the clock of that machine", "time", late, columns)
    known = [name for name in ("input", "uncached", "output") if name in columns]
    if known:
        none = " AND ".join(f"{_typed(name)} IS NULL" for name in known)
        # What has no time is left out anyway.
        none += f" AND {_typed('time')} IS NOT NULL" if "time" in columns else ""
        what, hint = "no token counts", "its cost is not known; it is counted as unpriced"
        yield _check("W-CALL-004", what, hint, known[0], none + _answered(columns), columns)


def _answered(columns: Mapping[str, str]) -> str:
    """Calls that did not fail: one that failed may have no tokens."""
    return f" AND NOT {failed_sql(_typed('status'))}" if "status" in columns else ""


def _check(code: str, what: str, hint: str, name: str, when: str, columns: Mapping[str, str]) -> Check:
    return Check(code, what, hint, name, f"coalesce({when}, false)", value=columns[name])


def _typed(name: str) -> str:
    """A typed value, by the name that `sources.typed` gives it."""
    return quoted(f"_t_{name}")
