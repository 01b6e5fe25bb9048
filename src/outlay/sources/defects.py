"""What was wrong with a file, row by row: looked up only when the reading found that something was."""

import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from outlay.model.charge import quoted
from outlay.model.problem import Problem
from outlay.sources.sampling import MAX_LINE, open_text
from outlay.sources.source import Reading, Sample
from outlay.sources.typed import ESSENTIAL, Checked

if TYPE_CHECKING:
    import duckdb

# A file that is wrong everywhere is told by its first thousand rows; the count says how many there are.
LIMIT = 1000
# DuckDB counts records, not lines, and calls the header 1.
FIRST = 2

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
    "count": NUMBER,
    "flag": ("E-ROW-006", "neither true nor false", "write true or false"),
}


class Mark(NamedTuple):
    """What one bit of `_bad` means: the problem, and the SQL of the value that it quotes."""

    mask: int
    code: str
    message: str
    hint: str
    column: str
    value: str


def _marks(checked: tuple[Checked, ...], reading: Reading) -> tuple[Mark, ...]:
    """Every bit of `_bad`: one per typed column, then one per check of the format."""
    typed = [Mark(1 << c.bit, *UNREADABLE[c.column.kind], c.column.name, c.raw) for c in checked if c.bit >= 0]
    rules = [
        Mark(1 << bit, c.code, c.message, c.hint, c.column, quoted(c.column))
        for bit, c in enumerate(reading.checks, len(typed))
    ]
    return (*typed, *rules)


def broken_lines(connection: "duckdb.DuckDBPyConnection", sample: Sample, rejects: str) -> Iterator[Problem]:
    """Lines that are no rows: too few or too many fields, open quotes, wrong bytes, too long."""
    if sample.format == "parquet":
        return
    found = connection.execute(
        f"SELECT line, any_value(column_name), any_value(error_type), any_value(csv_line), count(*) OVER () "
        f"FROM {rejects} GROUP BY line ORDER BY line LIMIT {LIMIT}"
    ).fetchall()
    lines = _lines(sample, {row[0] - FIRST for row in found}, None)
    for record, column, kind, text, _ in found:
        message = BROKEN.get(str(kind), f"not readable ({str(kind).lower()})")
        hint = "the line was left out; repair it or export again"
        line = lines.get(record - FIRST, record)
        yield Problem("E-ROW-001", message, hint, sample.path.name, line, None, column or "", (text or "")[:200])
    if found and found[0][4] > LIMIT:
        yield _more(sample, found[0][4] - LIMIT)


def bad_values(
    connection: "duckdb.DuckDBPyConnection",
    sample: Sample,
    reading: Reading,
    relation: str,
    checked: tuple[Checked, ...],
    staged: str,
    rejects: str,
) -> Iterator[Problem]:
    """Values that could not be read as their type, and essential values that are missing, each with its place."""
    missing = " OR ".join(f"{quoted(c)} IS NULL" for c in ESSENTIAL)
    # A raw row that became several charges is told once.
    once = f"PARTITION BY coalesce(x_RowId, file_row_number), _bad, {missing} ORDER BY file_row_number"
    found = connection.execute(
        f"SELECT *, count(*) OVER () FROM (SELECT file_row_number, x_RowId, _bad, "
        f"{', '.join(quoted(c) for c in ESSENTIAL)} FROM {staged} WHERE _bad > 0 OR {missing} "
        f"QUALIFY row_number() OVER ({once}) = 1) ORDER BY 1 LIMIT {LIMIT}"
    ).fetchall()
    if not found:
        return
    marks = _marks(checked, reading)
    raw = _raw_values(connection, reading, relation, marks, [row[0] for row in found])
    rows = {row[0]: row[1] - 1 if row[1] is not None else row[0] for row in found}
    lines = _lines(sample, set(rows.values()), _broken(connection, sample, rejects))
    told: set[Problem] = set()
    for number, _, bits, *present, _total in found:
        place: dict[str, Any] = {
            "file": sample.path.name,
            "line": lines.get(rows[number]),
            "row": rows[number] + 1,
        }
        empty = [name for name, value in zip(ESSENTIAL, present, strict=True) if value is None]
        problems = [p for p in _problems_of_row(marks, bits, empty, raw[number], place) if p not in told]
        told.update(problems)
        yield from problems
    if found[0][-1] > LIMIT:
        yield _more(sample, found[0][-1] - LIMIT)


def lacking_columns(sample: Sample, reading: Reading) -> Iterator[Problem]:
    """Columns that the format demands and the file does not have: one problem each, the rows are loaded."""
    for name in reading.lacking:
        message = f"there is no column {name}, which version {reading.version} of the format demands"
        yield Problem("W-FILE-010", message, "export it with every mandatory column", sample.path.name, column=name)


def misshapen_times(
    connection: "duckdb.DuckDBPyConnection",
    sample: Sample,
    reading: Reading,
    relation: str,
    checked: tuple[Checked, ...],
    staged: str,
    rejects: str,
) -> Iterator[Problem]:
    """Times that are read but not written as the format demands: one problem per column, with the first row."""
    shaped = [c for c in checked if c.misshapen]
    if not shaped:
        return
    tests = [f"FILTER (WHERE _form & {1 << position} > 0)" for position, _ in enumerate(shaped)]
    asked = ", ".join(f"count(*) {t}, min(file_row_number) {t}, min(x_RowId) {t}" for t in tests)
    answer = connection.execute(f"SELECT {asked} FROM {staged}").fetchall()[0]
    found = {c.column.name: answer[3 * i : 3 * i + 3] for i, c in enumerate(shaped) if answer[3 * i]}
    if not found:
        return
    numbers = sorted({number for _, number, _ in found.values()})
    raw = _raw_values(connection, reading, relation, _marks(checked, reading), numbers)
    masks = {c.column.name: 1 << c.bit for c in shaped}
    rows = {name: row if row is not None else number + 1 for name, (_, number, row) in found.items()}
    lines = _lines(sample, {row - 1 for row in rows.values()}, _broken(connection, sample, rejects))
    for name, (count, number, _) in found.items():
        row, value = rows[name], str(raw[number].get(masks[name]))
        message, hint = (
            "a time that is not written as YYYY-MM-DDTHH:MM:SSZ",
            "it was read as UTC; export it with T and Z",
        )
        yield Problem("W-ROW-010", message, hint, sample.path.name, lines.get(row - 1), row, name, value, count)


def _problems_of_row(
    marks: tuple[Mark, ...], bits: int, empty: list[str], raw: dict[int, Any], place: dict[str, Any]
) -> Iterator[Problem]:
    failed = [m for m in marks if bits & m.mask]
    for m in failed:
        yield Problem(m.code, m.message, m.hint, column=m.column, value=str(raw.get(m.mask)), **place)
    for name in empty:
        if name not in [m.column for m in failed]:
            hint = "without it the row is no charge; it was left out"
            yield Problem("E-ROW-003", f"{name} is missing", hint, column=name, **place)


def _more(sample: Sample, count: int) -> Problem:
    return Problem(
        "E-ROW-099",
        f"{count:,} more rows like these",
        "the first ones are listed",
        sample.path.name,
        count=count,
    )


def _raw_values(
    connection: "duckdb.DuckDBPyConnection",
    reading: Reading,
    relation: str,
    marks: tuple[Mark, ...],
    numbers: list[int],
) -> dict[int, dict[int, Any]]:
    """The delivered values behind the marks in some rows."""
    names = [m.mask for m in marks]
    texts = ", ".join(f"CAST({m.value} AS VARCHAR)" for m in marks)
    where = f" WHERE {reading.where}" if reading.where else ""
    rows = connection.execute(
        f"SELECT * FROM (SELECT row_number() OVER () - 1 AS n, {texts or 'NULL'} FROM {relation}{where}) "
        f"WHERE n IN ({', '.join(str(n) for n in numbers)})"
    ).fetchall()
    return {row[0]: dict(zip(names, row[1:], strict=False)) for row in rows}


def _broken(connection: "duckdb.DuckDBPyConnection", sample: Sample, rejects: str) -> set[int]:
    """The records (0 is the first after the header) that are no rows."""
    if sample.format == "parquet":
        return set()
    return {row[0] - FIRST for row in connection.execute(f"SELECT DISTINCT line FROM {rejects}").fetchall()}


def _lines(sample: Sample, rows: set[int], broken: set[int] | None) -> dict[int, int]:
    """The line of the text file on which each row (0 is the first) begins.

    `broken` records and empty lines are not counted; with None every record is.
    """
    found: dict[int, int] = {}
    if sample.format == "parquet" or not rows:
        return found
    with open_text(sample.path) as stream:
        reader = csv.reader(stream, delimiter=sample.delimiter)
        next(reader, None)
        row, line = 0, reader.line_num
        for record, fields in enumerate(reader):
            start, line = line + 1, reader.line_num
            if broken is not None and (record in broken or not fields):
                continue
            if row in rows:
                found[row] = start
            row += 1
            if len(found) == len(rows):
                break
    return found
