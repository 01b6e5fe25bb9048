"""What was wrong with a file, row by row: looked up only when the reading found that something was."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from outlay.ledger.tables import Shape
from outlay.model.charge import quoted
from outlay.model.problem import Problem
from outlay.sources.places import Places
from outlay.sources.sampling import MAX_LINE
from outlay.sources.source import Reading, Sample
from outlay.sources.spans import table
from outlay.sources.typed import Checked

# A file that is wrong everywhere is told by its first thousand rows; the count says how many there are.
LIMIT = 1000

BROKEN = {
    "MISSING COLUMNS": "fewer fields than the header",
    "TOO MANY COLUMNS": "more fields than the header",
    "UNQUOTED VALUE": "a quote that does not close",
    "LINE SIZE OVER MAXIMUM": f"a line of over {MAX_LINE >> 20} MB",
    "INVALID ENCODING": "bytes that are not UTF-8",
    "INVALID STATE": "quotes inside a value that are not doubled",
}
NUMBER = (
    "E-ROW-002",
    "not a number",
    "plain decimals with a point, below 10^18; no thousands separator or currency sign",
)
UNREADABLE = {
    "money": NUMBER,
    "price": NUMBER,
    "quantity": NUMBER,
    "time": ("E-ROW-004", "not a time", "write YYYY-MM-DDTHH:MM:SSZ"),
    "json": ("E-ROW-005", "not a JSON object", 'write {"key": "value"}; the row was loaded without it'),
    "count": ("E-ROW-002", "not a number", "a whole number up to 10^15; no thousands separator"),
    "flag": ("E-ROW-006", "neither true nor false", "write true or false"),
}


class Mark(NamedTuple):
    """What one bit of `_bad` means: the problem, the SQL of the value it quotes, and the column that it empties."""

    mask: int
    code: str
    message: str
    hint: str
    column: str
    value: str
    empties: str


def _marks(checked: tuple[Checked, ...], reading: Reading) -> tuple[Mark, ...]:
    """Every bit of `_bad`: one per typed column, then one per check of the format."""
    names = [(c, c.column.name) for c in checked if c.bit >= 0]
    typed = [Mark(1 << c.bit, *UNREADABLE[c.column.kind], name, c.raw, name) for c, name in names]
    rules = [
        Mark(1 << bit, c.code, c.message, c.hint, c.column, c.value or quoted(c.column), c.empties)
        for bit, c in enumerate(reading.checks, len(typed))
    ]
    return (*typed, *rules)


def broken_lines(places: Places) -> Iterator[Problem]:
    """Lines that are no rows: too few or too many fields, open quotes, wrong bytes, too long."""
    sample = places.sample
    if sample.format in table.FORMATS:
        yield from _broken_requests(places)
    if sample.format != "csv":
        return
    found = places.connection.execute(
        f"SELECT line, any_value(column_name), any_value(error_type), any_value(csv_line), count(*) OVER () "
        f"FROM {places.rejects} GROUP BY line ORDER BY line LIMIT {LIMIT}"
    ).fetchall()
    lines = places.of_records({row[0] for row in found})
    for record, column, kind, text, _ in found:
        message = BROKEN.get(str(kind), f"not readable ({str(kind).lower()})")
        hint = "the line was left out; repair it or export again"
        yield Problem(
            "E-ROW-001", message, hint, sample.path.name, lines[record], None, column or "", (text or "")[:200]
        )
    if found and found[0][4] > LIMIT:
        yield _more(sample, found[0][4] - LIMIT)


def _broken_requests(places: Places) -> Iterator[Problem]:
    """Lines of JSON, or parts of protobuf, that are no requests of OTLP."""
    broken = sorted(places.broken())
    lines = places.of_requests(set(broken[:LIMIT]))
    for record in broken[:LIMIT]:
        line = lines.get(record)
        what = "no request of OTLP: cut or damaged"
        hint = "it was left out, the others were read; write it again"
        yield Problem("E-ROW-001", what, hint, places.sample.path.name, line, None if line else record)
    if len(broken) > LIMIT:
        yield _more(places.sample, len(broken) - LIMIT)


def bad_values(places: Places, checked: tuple[Checked, ...], staged: str, shape: Shape) -> Iterator[Problem]:
    """Values that could not be read as their type, and essential values that are missing, each with its place."""
    missing = " OR ".join(f"{quoted(c)} IS NULL" for c in shape.essential)
    # A raw row that became several ones is told once.
    once = f"PARTITION BY coalesce(x_RowId, file_row_number), _bad, {missing} ORDER BY file_row_number"
    found = places.connection.execute(
        f"SELECT *, count(*) OVER () FROM (SELECT file_row_number, x_RowId, _bad, "
        f"{', '.join(quoted(c) for c in shape.essential)} FROM {staged} WHERE _bad > 0 OR {missing} "
        f"QUALIFY row_number() OVER ({once}) = 1) ORDER BY 1 LIMIT {LIMIT}"
    ).fetchall()
    if not found:
        return
    marks = _marks(checked, places.reading)
    raw = places.values([m.value for m in marks], [row[0] for row in found])
    place = places.of({row[0]: row[1] for row in found})
    told: set[Problem] = set()
    for number, _, bits, *present, _total in found:
        empty = [name for name, value in zip(shape.essential, present, strict=True) if value is None]
        values = dict(zip(marks, raw[number], strict=False))
        problems = [p for p in _problems_of_row(values, bits, empty, place[number], shape) if p not in told]
        told.update(problems)
        yield from problems
    if found[0][-1] > LIMIT:
        yield _more(places.sample, found[0][-1] - LIMIT, all(p.code.startswith("W-") for p in told))


def _problems_of_row(
    values: dict[Mark, Any], bits: int, empty: list[str], place: dict[str, Any], shape: Shape
) -> Iterator[Problem]:
    failed = [m for m in values if bits & m.mask]
    for m in failed:
        yield Problem(
            m.code, m.message, m.hint, column=m.column, value="" if values[m] is None else str(values[m]), **place
        )
    for name in empty:
        if name not in [m.empties for m in failed]:
            hint = f"without it the row is no {shape.noun}; it was left out"
            yield Problem("E-ROW-003", f"{name} is missing", hint, column=name, **place)


def _more(sample: Sample, count: int, odd: bool = False) -> Problem:
    return Problem(
        "W-ROW-099" if odd else "E-ROW-099",
        f"{count:,} more rows like these",
        "the first ones are listed",
        sample.path.name,
        count=count,
    )
