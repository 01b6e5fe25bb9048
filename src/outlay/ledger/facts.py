"""Deliver facts beside money (outcomes, scores): a file is a delivery; of two rows about the same, the later counts."""

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.journal import Entry, Journal, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.load import Delivery, Staged, write_problems
from outlay.ledger.lock import locked
from outlay.ledger.scopes import content_hash
from outlay.ledger.store import adopt, write_file
from outlay.ledger.tables import HOLDS
from outlay.model.charge import literal
from outlay.model.problem import Problem

if TYPE_CHECKING:
    import duckdb

# What a row is about: a later row about the same takes its place.
ABOUT = {"outcomes": ("feature", "tenant", "day"), "quality": ("model", "feature", "metric", "day")}


def deliver_facts(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    staged: Sequence[Staged],
    *,
    load_id: str,
    problems: Sequence[Problem] = (),
) -> list[Delivery]:
    """Commit staged files of facts, all in one journal commit. A file that is there already changes nothing."""
    if not staged:
        return []
    found, entries = [], []
    with locked(ledger, ["facts"]):
        journal = read_journal(connection, ledger)
        for file in {s.sha256: s for s in staged}.values():
            entry = _entry(connection, file, load_id)
            held = [e for e in journal.of_scope(entry.scope_key) if e.content_hash == entry.content_hash]
            if not held:
                entries.append(entry)
                _write(connection, ledger, file, entry)
            status = "unchanged" if held else "loaded"
            found.append(Delivery(held[0] if held else entry, status, (file.path.name,), file.notes))
        if entries and problems:
            write_problems(connection, ledger, load_id, problems)
        record(connection, ledger, entries)
    return found


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
    return Entry(
        kind="deliver",
        load_id=load_id,
        scope_key=hashlib.sha256(f"{file.source}\x1f{file.sha256}".encode()).hexdigest()[:16],
        source=file.source,
        source_version=file.version,
        delivery_id=uuid.uuid4().hex[:16],
        content_hash=content_hash([file.content]),
        files=({"name": file.path.name, "sha256": file.sha256, "id": file.sha256[:16]},),
        coverage=(covers,),
        rows=file.rows,
        problems=len(file.problems),
        shape=file.shape,
    )


def live_facts(ledger: Path, name: str, journal: Journal) -> str:
    """The facts of a table that count: of rows about the same, that of the latest delivery."""
    order = ", ".join(f"({literal(e.delivery_id)}, {n})" for n, e in enumerate(journal.holding(name)))
    rows = live_rows(ledger, name, journal)
    if not order:
        return rows
    about = ", ".join(ABOUT[name])
    return (
        f"(SELECT r.* FROM {rows} AS r JOIN (VALUES {order}) AS d(id, place) ON r.x_DeliveryId = d.id "
        f"QUALIFY row_number() OVER (PARTITION BY {about} ORDER BY d.place DESC, r.x_RowId DESC) = 1)"
    )
