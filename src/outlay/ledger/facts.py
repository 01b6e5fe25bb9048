"""Deliver facts beside money (outcomes, scores): a file is a delivery; of two rows about the same, the later counts."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.journal import Entry, Journal, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.lock import locked
from outlay.ledger.problems import write_problems
from outlay.ledger.staged import Delivery, Staged, file_entry
from outlay.ledger.store import adopt, write_file
from outlay.ledger.tables import HOLDS
from outlay.model.charge import literal
from outlay.model.problem import Problem

if TYPE_CHECKING:
    import duckdb

# What a row is about: a later row about the same takes its place.
ABOUT = {"outcomes": ("feature", "tenant", "team", "day"), "quality": ("model", "feature", "metric", "day")}


def deliver_facts(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    staged: Sequence[Staged],
    *,
    load_id: str,
) -> tuple[list[Delivery], list[Problem]]:
    """Commit staged files of facts, all in one journal commit; and the rows that repeat others of their file.

    A file that is there already changes nothing.
    """
    found: list[Delivery] = []
    entries: list[Entry] = []
    problems: list[Problem] = []
    repeats: list[Problem] = []
    if not staged:
        return found, repeats
    with locked(ledger, ["facts"]):
        journal = read_journal(connection, ledger)
        for file in {s.sha256: s for s in staged}.values():
            entry = _entry(connection, file, load_id)
            held = journal.same(entry)
            if held is None:
                entries.append(entry)
                _write(connection, ledger, file, entry)
                problems += file.problems
                repeats += _repeated(connection, file)
            status = "unchanged" if held else "loaded"
            found.append(Delivery(held or entry, status, (file.path.name,), file.notes))
        if noted := [*problems, *repeats]:
            write_problems(connection, ledger, load_id, noted)
        record(connection, ledger, entries)
    return found, repeats


def _repeated(connection: "duckdb.DuckDBPyConnection", file: Staged) -> list[Problem]:
    """A problem if rows of a file are about the same as later ones of it."""
    (table,) = HOLDS[file.shape]
    about = ", ".join(ABOUT[table])
    later = f"lead(x_RowId) OVER (PARTITION BY {about} ORDER BY x_RowId)"
    sql = f"SELECT x_RowId, {later} AS later FROM ({file.charges}) QUALIFY later IS NOT NULL ORDER BY 1"
    rows = connection.execute(sql).fetchall()
    if not rows:
        return []
    row, by = rows[0]
    what = f"a later row is about the same {about} (here row {by}) and counts instead"
    hint = "add such rows up, or tell them apart by one of these columns"
    return [Problem("W-FACT-003", what, hint, file.path.name, row=row, count=len(rows))]


def _write(connection: "duckdb.DuckDBPyConnection", ledger: Path, file: Staged, entry: Entry) -> None:
    (table,) = HOLDS[file.shape]
    ids = f"{literal(entry.load_id)} AS x_LoadId, {literal(entry.delivery_id)} AS x_DeliveryId"
    written = write_file(connection, ledger, table, f"SELECT *, {ids} FROM ({file.charges})", entry.load_id)
    adopt(ledger, table, [written], entry.load_id)


def _entry(connection: "duckdb.DuckDBPyConnection", file: Staged, load_id: str) -> Entry:
    day = "strftime({}(day) AT TIME ZONE 'UTC', '%Y-%m-%d')"
    sql = f"SELECT {day.format('min')}, {day.format('max')} FROM ({file.charges})"
    first, last = connection.execute(sql).fetchall()[0]
    covers = {
        "provider": "",
        "currency": "",
        "kind": file.shape,
        "rows": file.rows,
        "first_day": first,
        "last_day": last,
    }
    return file_entry(file, load_id, coverage=(covers,))


def live_facts(ledger: Path, name: str, journal: Journal) -> str:
    """The facts of a table that count: of rows about the same, that of the latest delivery.

    Of two files of one load the one that was named later is the later one.
    """
    held = sorted(journal.holding(name), key=lambda e: e.delivery_id)
    order = ", ".join(f"({literal(e.delivery_id)}, {n})" for n, e in enumerate(held))
    rows = live_rows(ledger, name, journal)
    if not order:
        return rows
    about = ", ".join(ABOUT[name])
    return (
        f"(SELECT r.* FROM {rows} AS r JOIN (VALUES {order}) AS d(id, place) ON r.x_DeliveryId = d.id "
        f"QUALIFY row_number() OVER (PARTITION BY {about} ORDER BY d.place DESC, r.x_RowId DESC) = 1)"
    )
