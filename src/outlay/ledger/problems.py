"""What was wrong with the files behind the live rows, as it was recorded when they were loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal
from outlay.ledger.store import list_files
from outlay.model.charge import literal, quoted
from outlay.model.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

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
