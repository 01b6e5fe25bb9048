"""Files with the same bytes every time: CSV, gzipped CSV, Parquet and JSON."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from outlay.demo.charges import Row
from outlay.model.charge import columns_of, literal, quoted


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    """`rows` as CSV with a header; a missing column is empty."""
    names = list(columns)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(map(row.get, names) for row in rows)
    return out.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8, in folders that are made as needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_gzip(path: Path, text: str) -> None:
    """Write `text` gzipped, without a time or a name in the header."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=4, mtime=0))


def write_json(path: Path, value: Any) -> None:
    """Write `value` as gzipped JSON, keys as given."""
    write_gzip(path, json.dumps(value, separators=(",", ":")))


def write_bill(path: Path, version: str, rows: list[Row]) -> None:
    """Write a bill with exactly the columns of its FOCUS version, as the file's ending says."""
    text = csv_text([c.name for c in columns_of(version)], rows)
    if path.suffix == ".parquet":
        write_parquet(path, {c.name: c.sql_type for c in columns_of(version)}, text)
    else:
        write_gzip(path, text)


def write_parquet(path: Path, types: Mapping[str, str], text: str) -> None:
    """Write CSV `text` with typed columns and its rows in order; one thread, so that the bytes are the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    typed = ", ".join(f"CAST({quoted(name)} AS {kind}) AS {quoted(name)}" for name, kind in types.items())
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        source = Path(folder) / "rows.csv"
        write_text(source, text)
        connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
        read = f"read_csv({literal(str(source))}, header = true, all_varchar = true, nullstr = '')"
        connection.execute(
            f"COPY (SELECT {typed} FROM {read}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
