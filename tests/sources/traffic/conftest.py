"""Read a file of calls in a test as a load would, and write it in another format."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from outlay.ledger.engine import connect
from outlay.ledger.staged import Staged
from outlay.ledger.tables import EVIDENCE, KEPT_AS
from outlay.sources.source import Given
from outlay.sources.staging import open_file, stage

DATA = Path(__file__).parents[2] / "data" / "traffic"
NOT_SAID = {column.name for column in (*EVIDENCE, *KEPT_AS)}
# A text of a prompt or of an answer in a fixture begins so; none may be kept.
PRIVATE = "private words"


class Calls(NamedTuple):
    """The events of a file, each with the columns that it has, and the file as it was staged."""

    events: list[dict[str, Any]]
    staged: Staged
    problems: list[tuple[str, int | None, str]]


ReadCalls = Callable[..., Calls]


@pytest.fixture
def read_calls(tmp_path: Path) -> ReadCalls:
    """Read one file of calls, and see that no text of a prompt is in what was staged."""

    def read(path: Path, only: str = "", given: Given | None = None) -> Calls:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        connection = connect(scratch)
        staged = stage(open_file(path, connection, only, given), connection, scratch)
        found = connection.execute(f"SELECT * FROM ({staged.charges}) ORDER BY x_RowId, span_id, id")
        names = [column[0] for column in found.description or ()]
        events = [
            {name: value for name, value in zip(names, row, strict=True) if value is not None and name not in NOT_SAID}
            for row in found.fetchall()
        ]
        kept = connection.execute(f"SELECT * FROM read_parquet('{scratch}/*.parquet')").fetchall()
        assert PRIVATE not in repr((kept, staged.problems, staged.notes))
        return Calls(events, staged, [(p.code, p.row, p.column) for p in staged.problems])

    return read


def records_of(path: Path) -> list[dict[str, Any]]:
    """The records of a fixture of JSON lines, or of an array."""
    text = path.read_text(encoding="utf-8")
    found = json.loads(text) if text.startswith("[") else [json.loads(line) for line in text.splitlines()]
    return list(found)


def as_csv(records: list[dict[str, Any]], path: Path) -> Path:
    """The records as a table whose cells hold JSON where these hold objects."""
    names = list(dict.fromkeys(name for record in records for name in record))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows({n: json.dumps(v) if isinstance(v, dict | list) else v for n, v in r.items()} for r in records)
    return path


def as_lines(records: list[dict[str, Any]], path: Path) -> Path:
    """The records as lines of JSON."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def as_parquet(table: Path, path: Path) -> Path:
    """A CSV as Parquet with columns of text."""
    query = f"SELECT * FROM read_csv('{table}', all_varchar=true, header=true)"
    connect(path.parent).execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, COMPRESSION uncompressed)")
    return path
