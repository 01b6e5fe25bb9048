"""What was wrong with a file, row by row: looked up only when the reading found that something was."""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.model.charge import quoted
from outlay.model.problem import Problem
from outlay.sources.sampling import GZIP_MAGIC, MAX_LINE
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
NUMBER = ("E-ROW-002", "not a number", "plain decimals with a point; no thousands separator or currency sign")
UNREADABLE = {
    "money": NUMBER,
    "price": NUMBER,
    "quantity": NUMBER,
    "time": ("E-ROW-004", "not a time", "write YYYY-MM-DDTHH:MM:SSZ"),
    "json": ("E-ROW-005", "not a JSON object", 'write {"key": "value"}; the row was loaded without it'),
    "count": NUMBER,
    "flag": ("E-ROW-006", "neither true nor false", "write true or false"),
}


def broken_lines(connection: "duckdb.DuckDBPyConnection", sample: Sample, rejects: str) -> Iterator[Problem]:
    """Lines that are no rows: too few or too many fields, open quotes, wrong bytes, too long."""
    if sample.format == "parquet":
        return
    found = connection.execute(
        f"SELECT line, any_value(column_name), any_value(error_type), any_value(csv_line), count(*) OVER () "
        f"FROM {rejects} GROUP BY line ORDER BY line LIMIT {LIMIT}"
    ).fetchall()
    lines = _lines(sample, {row[0] - FIRST for row in found}, set())
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
    found = connection.execute(
        f"SELECT file_row_number, x_RowId, _bad, {', '.join(quoted(c) for c in ESSENTIAL)}, count(*) OVER () "
        f"FROM {staged} WHERE _bad > 0 OR {missing} ORDER BY 1 LIMIT {LIMIT}"
    ).fetchall()
    if not found:
        return
    raw = _raw_values(connection, reading, relation, checked, [row[0] for row in found])
    rows = {row[0]: row[1] - 1 if row[1] is not None else row[0] for row in found}
    lines = _lines(sample, set(rows.values()), _broken(connection, sample, rejects))
    for number, _, bits, *present, _total in found:
        place: dict[str, Any] = {
            "file": sample.path.name,
            "line": lines.get(rows[number]),
            "row": rows[number] + 1,
        }
        empty = [name for name, value in zip(ESSENTIAL, present, strict=True) if value is None]
        yield from _problems_of_row(checked, bits, empty, raw[number], place)
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
    raw = _raw_values(connection, reading, relation, checked, sorted({number for _, number, _ in found.values()}))
    rows = {name: row if row is not None else number + 1 for name, (_, number, row) in found.items()}
    lines = _lines(sample, {row - 1 for row in rows.values()}, _broken(connection, sample, rejects))
    for name, (count, number, _) in found.items():
        row, value = rows[name], str(raw[number].get(name))
        message, hint = (
            "a time that is not written as YYYY-MM-DDTHH:MM:SSZ",
            "it was read as UTC; export it with T and Z",
        )
        yield Problem("W-ROW-010", message, hint, sample.path.name, lines.get(row - 1), row, name, value, count)


def _problems_of_row(
    checked: tuple[Checked, ...], bits: int, empty: list[str], raw: dict[str, Any], place: dict[str, Any]
) -> Iterator[Problem]:
    for c in checked:
        name = c.column.name
        if c.bit >= 0 and bits & (1 << c.bit):
            yield Problem(*UNREADABLE[c.column.kind], column=name, value=str(raw.get(name)), **place)
        elif name in empty:
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
    checked: tuple[Checked, ...],
    numbers: list[int],
) -> dict[int, dict[str, Any]]:
    """The delivered values of the checked columns in some rows."""
    names = [c.column.name for c in checked if c.bit >= 0]
    texts = ", ".join(f"CAST({c.raw} AS VARCHAR)" for c in checked if c.bit >= 0)
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


def _lines(sample: Sample, rows: set[int], broken: set[int]) -> dict[int, int]:
    """The line of the text file on which each row (0 is the first) begins; `broken` records are not counted."""
    found: dict[int, int] = {}
    if sample.format == "parquet" or not rows:
        return found
    with _text(sample.path) as stream:
        reader = csv.reader(stream, delimiter=sample.delimiter)
        next(reader, None)
        row, line = 0, reader.line_num
        for record, _ in enumerate(reader):
            start, line = line + 1, reader.line_num
            if record in broken:
                continue
            if row in rows:
                found[row] = start
            row += 1
            if len(found) == len(rows):
                break
    return found


def _text(path: Path) -> io.TextIOWrapper:
    with path.open("rb") as stream:
        compressed = stream.read(2) == GZIP_MAGIC
    binary: Any = gzip.open(path, "rb") if compressed else path.open("rb")  # noqa: SIM115 - the wrapper closes it
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
