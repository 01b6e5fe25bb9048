"""What was wrong with the files behind the live rows, as it was recorded when they were loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal
from outlay.ledger.store import append, list_files
from outlay.ledger.tables import PROBLEMS
from outlay.model.charge import literal, quoted
from outlay.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

FIELDS = ("code", "message", "hint", "file", "line", "row", "column", "value", "count")


def read_problems(connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal) -> tuple[Problem, ...]:
    """The problems of live loads, without those of files that a later delivery replaced."""
    files = list_files(ledger, "problems")
    live = journal.live()
    if not files or not live:
        return ()
    loads = ", ".join(literal(i) for i in sorted({e.load_id for e in live}))
    columns = ", ".join(quoted(name) for name in FIELDS)
    rows = connection.execute(
        f"SELECT load_id, {columns} FROM {parquet(files)} WHERE load_id IN ({loads}) "
        f"ORDER BY file, row NULLS FIRST, line NULLS FIRST, code, {quoted('column')}"
    ).fetchall()
    replaced = _names(journal.entries) - _names(live)
    return tuple(Problem(*values) for load, *values in rows if (load, values[3]) not in replaced)


def _names(entries: "Iterable[Entry]") -> set[tuple[str, str]]:
    """The load and the name of every file of some deliveries."""
    return {(e.load_id, str(file["name"])) for e in entries for file in e.files}


def write_problems(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, load_id: str, problems: "Sequence[Problem]"
) -> None:
    """Note what was wrong with the files of a load."""
    names = [c.name for c in PROBLEMS if c.name not in ("recorded_at", "load_id")]
    columns = ", ".join(f"{quoted(c.name)} {c.sql_type}" for c in PROBLEMS if c.name in names)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found_problems ({columns})")
    marks = ", ".join("?" for _ in names)
    rows = [[getattr(p, n) for n in names] for p in problems]
    connection.executemany(f"INSERT INTO found_problems VALUES ({marks})", rows)
    query = f"SELECT now() AS recorded_at, {literal(load_id)} AS load_id, * FROM found_problems"
    append(connection, ledger, "problems", query)
