"""The first look at a file: what it is, how its text is laid out, its columns and first rows."""

import codecs
import csv
import gzip
import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError, first_line
from outlay.sources import pages, records, scrapes
from outlay.sources.source import FIRST_ROWS, Sample
from outlay.sources.spans import protobuf, table
from outlay.sources.table import Table, text_table

if TYPE_CHECKING:
    import duckdb

HEAD_BYTES = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
NULLS = ("", "NULL", "null", "\\N")
MAX_LINE = 4 << 20
JSON_MARKS = ("{", "[")
GZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"


def sample(path: Path, connection: "duckdb.DuckDBPyConnection") -> Sample:
    """What a file holds. Raises `InputError` when the file cannot be a table at all."""
    if not path.is_file():
        raise InputError("E-FILE-001", "no such file", "check the path; folders and globs work too", str(path))
    if path.stat().st_size == 0:
        raise InputError("E-FILE-002", "the file is empty", "export it again", str(path))
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == PARQUET_MAGIC:
        return _parquet(path, connection)
    compressed = magic[:2] == GZIP_MAGIC
    if protobuf.is_traces(_first_bytes(path, compressed)):
        return table.converted(path, connection, lambda target: protobuf.write_lines(path, target))
    text = _head(path, compressed)
    if text.lstrip()[:1] in JSON_MARKS:
        return _json(path, text, connection, compressed)
    if scrapes.MARK.search(text):
        return scrapes.sample(path, text, compressed)
    return _csv(path, text, compressed)


def head_of(path: Path) -> str | None:
    """The beginning of a text file, compressed or not; None of one that cannot be read."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == GZIP_MAGIC
    try:
        return _head(path, compressed)
    except InputError:
        return None


def _json(path: Path, text: str, connection: "duckdb.DuckDBPyConnection", compressed: bool) -> Sample:
    """Spans, pages of results, or records."""
    if table.is_json(text):
        return table.sample(path, connection, snake=table.is_snake(text))
    if pages.MARK not in text:
        return records.sample(path, connection, compressed)
    try:
        return pages.sample(path, connection, compressed)
    except InputError as error:
        if error.code == "E-FILE-009":
            raise
        try:
            return records.sample(path, connection, compressed)
        except InputError as other:
            raise (other if error.code == "E-FILE-004" else error) from None


def _parquet(path: Path, connection: "duckdb.DuckDBPyConnection") -> Sample:
    import duckdb

    table = Table("read_parquet", path, {"hive_partitioning": "false"})
    try:
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {table.sql}").fetchall()]
        texts = ", ".join(f"CAST({quoted(n)} AS VARCHAR)" for n in names)
        rows = connection.execute(f"SELECT {texts} FROM {table.sql} LIMIT {FIRST_ROWS}").fetchall()
    except duckdb.Error as error:
        hint = "the file is damaged or cut; export it again"
        raise InputError("E-FILE-003", f"not readable as Parquet ({first_line(error)})", hint, str(path)) from error
    found = tuple(dict(zip(names, row, strict=True)) for row in rows)
    return Sample(path, tuple(names), found, "parquet", table=table)


def _csv(path: Path, text: str, compressed: bool) -> Sample:
    delimiter = _delimiter(text)
    records = _records(text, delimiter)
    if not records or len(records[0]) < 2 or "\0" in text[:4096]:
        hint = "outlay reads CSV (comma, semicolon, tab or bar), csv.gz and Parquet with a header line"
        raise InputError("E-FILE-004", "not a table: no header line with columns was found", hint, str(path))
    columns = _unique(records[0])
    rows = tuple(
        {c: (None if v in NULLS else v) for c, v in zip(columns, r, strict=False)} for r in records[1 : FIRST_ROWS + 1]
    )
    return Sample(path, columns, rows, "csv", delimiter, _csv_table(path, columns, delimiter, compressed))


def _csv_table(path: Path, columns: tuple[str, ...], delimiter: str, compressed: bool) -> Table:
    """A CSV read as text."""
    types = ", ".join(f"{literal(c)}: 'VARCHAR'" for c in columns)
    return text_table(
        "read_csv",
        path,
        compressed,
        auto_detect="false",
        header="true",
        delim=literal(delimiter),
        quote="'\"'",
        escape="'\"'",
        nullstr=f"[{', '.join(literal(n) for n in NULLS)}]",
        max_line_size=str(MAX_LINE),
        columns=f"{{{types}}}",
    )


def _first_bytes(path: Path, compressed: bool) -> bytes:
    try:
        with path.open("rb") as raw:
            stream = cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if compressed else raw
            return stream.read(HEAD_BYTES)
    except (OSError, EOFError) as error:
        raise InputError(
            "E-FILE-005", f"the compressed file is damaged or cut ({error})", "download it again", str(path)
        ) from error


def _head(path: Path, compressed: bool) -> str:
    """The first part of a text file, without a byte order mark."""
    data = _first_bytes(path, compressed)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = 'save it as "CSV UTF-8", or: iconv -f UTF-16 -t UTF-8'
        raise InputError("E-FILE-007", "the text is UTF-16, not UTF-8", hint, str(path))
    return data.decode("utf-8-sig", errors="replace")


def _delimiter(text: str) -> str:
    """The delimiter that splits the header line into the most columns."""
    header = re.split(r"[\r\n]", text, maxsplit=1)[0]
    return max(DELIMITERS, key=lambda d: len(next(csv.reader([header], delimiter=d), [])))


def _records(text: str, delimiter: str) -> list[list[str]]:
    """The header and the first rows; a last row that the head cuts in two is left out."""
    csv.field_size_limit(HEAD_BYTES * 8)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        for record in reader:
            found.append(record)
            if len(found) > FIRST_ROWS:
                break
    except csv.Error:
        return found
    if len(text) >= HEAD_BYTES and len(found) <= FIRST_ROWS and len(found) > 1:
        found.pop()
    return found


def _unique(names: list[str]) -> tuple[str, ...]:
    """Column names that differ when compared without case, as SQL compares them."""
    labels = [name.strip("\r\n") or f"column_{position}" for position, name in enumerate(names, 1)]
    # A number is given to what has stood before, and not one with which another column was delivered.
    delivered = {label.lower() for label in labels}
    found: dict[str, str] = {}
    for label in labels:
        name, number = label, 1
        while name.lower() in found or (number > 1 and name.lower() in delivered):
            number += 1
            name = f"{label}_{number}"
        found[name.lower()] = name
    return tuple(found.values())


def open_text(path: Path) -> io.TextIOWrapper:
    """A text file, gzipped or not, without a byte order mark; bytes that are not UTF-8 become question marks."""
    with path.open("rb") as stream:
        compressed = stream.read(2) == GZIP_MAGIC
    binary: Any = gzip.open(path, "rb") if compressed else path.open("rb")  # noqa: SIM115 - the wrapper closes it
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="")
