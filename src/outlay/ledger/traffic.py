"""Deliver calls of models into the ledger: priced events, their rollups, then one journal commit.

Each file is a delivery of its own: traffic comes in pieces, and none replaces another. The same content again changes
nothing. Where two deliveries tell the same call, the one that tells less of it is written again without it.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.batch import Batch, Meter, columns_of, held_batch, write_batch
from outlay.ledger.journal import Entry, Journal, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.lock import locked
from outlay.ledger.odd_calls import odd_calls
from outlay.ledger.problems import write_problems
from outlay.ledger.staged import Delivery, Staged, file_entry
from outlay.model.charge import coded, literal
from outlay.model.problem import Problem

if TYPE_CHECKING:
    import duckdb

LOCK = "events"


def deliver_traffic(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    staged: Sequence[Staged],
    meter: Meter,
    *,
    load_id: str,
) -> tuple[list[Delivery], list[Problem]]:
    """Commit staged files of calls: one delivery per file, all in one journal commit; and what is odd about them."""
    if not staged:
        return [], []
    once = list({s.sha256: s for s in staged}.values())
    with locked(ledger, [LOCK]):
        journal = read_journal(connection, ledger)
        found = [(s, file_entry(s, load_id, rules_hash=meter.rules_hash)) for s in once]
        known = {s.sha256: held for s, e in found if (held := journal.same(e))}
        fresh = [(s, e) for s, e in found if s.sha256 not in known]
        entries: Mapping[str, Entry] = {}
        odd: list[Problem] = []
        if fresh:
            batch = _gathered(connection, fresh)
            problems = [p for s, _ in fresh for p in s.problems]
            done, odd = _commit(connection, ledger, journal, batch, meter, load_id, problems)
            entries = {e.scope_key: e for e in done}
    return [_delivery(s, e, known, entries) for s, e in found], odd


def _delivery(file: Staged, entry: Entry, known: Mapping[str, Entry], entries: Mapping[str, Entry]) -> Delivery:
    if held := known.get(file.sha256):
        return Delivery(held, "unchanged", (file.path.name,), file.notes)
    return Delivery(entries[entry.scope_key], "loaded", (file.path.name,), file.notes)


def _gathered(connection: "duckdb.DuckDBPyConnection", fresh: Sequence[tuple[Staged, Entry]]) -> Batch:
    """The events of new files, each with the id of its delivery."""
    ids = coded(e.delivery_id for _, e in fresh)
    parts = [f"SELECT *, CAST({literal(e.delivery_id)} AS {ids}) AS x_DeliveryId FROM ({s.charges})" for s, e in fresh]
    connection.execute(f"CREATE OR REPLACE TEMP VIEW calls AS {' UNION ALL BY NAME '.join(parts)}")
    columns = frozenset[str]().union(*(s.columns for s, _ in fresh))
    return Batch(tuple(e for _, e in fresh), "calls", columns)


def _commit(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    journal: Journal,
    batch: Batch,
    meter: Meter,
    load_id: str,
    problems: Sequence[Problem],
) -> tuple[tuple[Entry, ...], list[Problem]]:
    """Price a batch, write it and record it, together with what it changes in the rest of the ledger."""
    mine = {e.scope_key for e in batch.entries}
    others = {e.delivery_id for e in journal.holding("events") if e.scope_key not in mine}
    found = meter.repeats(batch.relation, batch.columns, live_rows(ledger, "events", journal, others))
    if found.beaten:
        batch = _with(connection, ledger, journal, batch, found.beaten)
        found = meter.repeats(
            batch.relation, batch.columns, live_rows(ledger, "events", journal, others - found.beaten)
        )
    priced = meter.price(batch.relation, batch.columns, found, batch.held)
    entries = write_batch(connection, ledger, batch, meter, priced, found.shared)
    odd = odd_calls(connection, ledger, entries, meter.suggest)
    if problems or odd:
        write_problems(connection, ledger, load_id, [*problems, *odd])
    return record(connection, ledger, entries), odd


def _with(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, batch: Batch, beaten: frozenset[str]
) -> Batch:
    """The batch and deliveries of the ledger that have to be written again."""
    older = [e for e in journal.holding("events") if e.delivery_id in beaten]
    held = live_rows(ledger, "events", journal, set(beaten))
    both = f"SELECT * FROM {batch.relation} UNION ALL BY NAME SELECT * FROM {held}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW calls_and_older AS {both}")
    again = tuple(changed(e, kind="derive", entry_id=uuid.uuid4().hex) for e in older)
    columns = batch.columns | columns_of(connection, ledger, older)
    return Batch((*batch.entries, *again), "calls_and_older", columns, batch.held | beaten)


def repair(connection: "duckdb.DuckDBPyConnection", ledger: Path, meter: Meter) -> int:
    """Write again the deliveries that left out calls which nothing else tells any more. Returns how many."""
    journal = read_journal(connection, ledger)
    live = {e.delivery_id for e in journal.live()}
    if all(live.issuperset(e.inputs) for e in journal.holding("events")):
        return 0
    with locked(ledger, [LOCK]):
        journal = read_journal(connection, ledger)
        live = {e.delivery_id for e in journal.live()}
        stale = [e for e in journal.holding("events") if not live.issuperset(e.inputs)]
        if stale:
            batch = held_batch(connection, ledger, journal, stale, "derive")
            _commit(connection, ledger, journal, batch, meter, "", ())
    return len(stale)
