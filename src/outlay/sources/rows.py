"""The rows of a table that is asked about and not loaded: some of its columns, as text, and no row left out."""

import csv
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.model.charge import quoted
from outlay.model.problem import InputError, first_line
from outlay.sources import sampling
from outlay.sources.source import Sample

if TYPE_CHECKING:
    import duckdb

Row = dict[str, str | None]


def read_rows(path: Path, wanted: Sequence[str], connection: "duckdb.DuckDBPyConnection") -> tuple[Sample, list[Row]]:
    """What a file is, and its rows with those of the columns `wanted` that it has, compared without case.

    A line with too few fields stays a row, so that rows keep their numbers. Raises `InputError` as a load does.
    """
    import duckdb

    sample = _sample(path, wanted, connection)
    columns = {name: found for name in wanted if (found := sample.column(name))}
    if not columns:
        return sample, []
    try:
        if sample.format != "csv":
            return sample, _parquet(connection, sample.table.sql, columns)
        return sample, _csv(sample, columns)
    except (duckdb.Error, OSError, EOFError, zlib.error, csv.Error) as error:
        what = f"cannot be read: {first_line(error)}"
        raise InputError("E-FILE-006", what, "export it again", str(path)) from error


def _sample(path: Path, wanted: Sequence[str], connection: "duckdb.DuckDBPyConnection") -> Sample:
    """What a file is; a text with a single column is a table here if that column is one of `wanted`."""
    try:
        return sampling.sample(path, connection)
    except InputError as error:
        if error.code != "E-FILE-004":
            raise
        with sampling.open_text(path) as stream:
            header = next(_records(stream, ","), [])
        if len(header) != 1 or not Sample(path, tuple(wanted), ()).has(header[0]):
            raise
        return Sample(path, (header[0],), ())


def _parquet(connection: "duckdb.DuckDBPyConnection", relation: str, columns: dict[str, str]) -> list[Row]:
    types = {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    texts = ", ".join(
        # Tags of a Parquet bill may be a map; the rules read them as JSON.
        f"CAST({f'to_json({quoted(c)})' if types[c].startswith(('MAP', 'STRUCT')) else quoted(c)} AS VARCHAR)"
        for c in columns.values()
    )
    rows = connection.execute(f"SELECT {texts} FROM {relation}").fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _csv(sample: Sample, columns: dict[str, str]) -> list[Row]:
    places = {name: sample.columns.index(column) for name, column in columns.items()}
    with sampling.open_text(sample.path) as stream:
        records = _records(stream, sample.delimiter)
        next(records, None)
        return [{name: _text(record, place) for name, place in places.items()} for record in records]


def _records(stream: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)
    return (record for record in csv.reader(stream, delimiter=delimiter) if record)


def _text(record: list[str], place: int) -> str | None:
    return None if place >= len(record) or record[place] in sampling.NULLS else record[place]
