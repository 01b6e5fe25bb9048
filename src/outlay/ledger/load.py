"""Deliver files into the ledger: charges, costs, then one journal commit. Killed anywhere before, nothing changed."""

import uuid
from collections.abc import Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger import scopes
from outlay.ledger.derivations import Rules, derive_batch
from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal, later_id, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.lock import locked
from outlay.ledger.problems import write_problems
from outlay.ledger.staged import Delivery, Staged
from outlay.ledger.store import adopt, write_file
from outlay.model.charge import literal
from outlay.model.plural import plural
from outlay.model.problem import InputError, Problem

if TYPE_CHECKING:
    import duckdb


def deliver(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    staged: Sequence[Staged],
    rules: Rules,
    *,
    load_id: str = "",
    replace: bool = False,
    part: bool = False,
) -> list[Delivery]:
    """Commit staged files as one load: one delivery per scope, all in one journal commit.

    A delivery replaces what its scope held; one that covers fewer days is refused unless `replace` says that it
    is a correction or `part` that it comes beside what is there. Raises `InputError` then, with nothing changed.
    """
    if not staged:
        return []
    load_id = load_id or uuid.uuid4().hex[:16]
    found = _gathered(connection, staged, load_id, rules, part)
    with locked(ledger, [entry.scope_key for entry, _ in found]):
        journal = read_journal(connection, ledger)
        if not (replace or part):
            _refuse_losses(connection, ledger, journal, [entry for entry, _ in found])
        deliveries = [_delivery(journal, entry, files) for entry, files in found]
        loaded = {d.entry.delivery_id for d in deliveries if d.status == "loaded"}
        fresh = {f.sha256: f for entry, files in found if entry.delivery_id in loaded for f in files}
        problems = [p for f in fresh.values() for p in f.problems]
        entries = [entry for entry, _ in found if entry.delivery_id in loaded]
        _write(connection, ledger, journal, entries, rules, problems)
    return deliveries


def refuse_losses(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, staged: Sequence[Staged], rules: Rules
) -> None:
    """Raise `InputError` if `deliver` would refuse these files, so that nothing else of their load is written."""
    if staged:
        entries = [entry for entry, _ in _gathered(connection, staged, "", rules, part=False)]
        _refuse_losses(connection, ledger, read_journal(connection, ledger), entries)


def _gathered(
    connection: "duckdb.DuckDBPyConnection", staged: Sequence[Staged], load_id: str, rules: Rules, part: bool
) -> list[tuple[Entry, tuple[Staged, ...]]]:
    """All rows of the load as the view `incoming`; returns the entry of each scope, with its files."""
    by_id = {s.sha256[:16]: s for s in staged}
    _gather(connection, staged)
    files_of = _files_of(connection)
    found = []
    for said in scopes.summarise(connection, "incoming"):
        files = tuple(by_id[i] for i in files_of[said.scope_key])
        found.append((_entry(said, files, load_id, rules, part), files))
    return found


def _delivery(journal: Journal, entry: Entry, files: Sequence[Staged]) -> Delivery:
    """What becomes of a scope: loaded, or unchanged if it holds the same already."""
    names = tuple(f.path.name for f in files)
    if known := _known(journal, entry):
        return Delivery(known, "unchanged", names, _notes(files))
    return Delivery(entry, "loaded", names, (*_notes(files), *_shrinks(journal, entry)))


def _gather(connection: "duckdb.DuckDBPyConnection", staged: Sequence[Staged]) -> None:
    """All rows of the load as the view `incoming`, each with its scope. The same file named twice counts once."""
    once = {s.sha256: s for s in staged}.values()
    union = " UNION ALL BY NAME ".join(s.charges for s in once)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW incoming AS SELECT * REPLACE ({scopes.SCOPE_SQL} AS x_ScopeKey) FROM ({union})"
    )


def _files_of(connection: "duckdb.DuckDBPyConnection") -> dict[str, list[str]]:
    rows = connection.execute("SELECT DISTINCT x_ScopeKey, x_FileId FROM incoming ORDER BY 1, 2").fetchall()
    found: dict[str, list[str]] = {}
    for scope, file_id in rows:
        found.setdefault(scope, []).append(file_id)
    return found


def _entry(said: scopes.Delivered, files: Sequence[Staged], load_id: str, rules: Rules, part: bool) -> Entry:
    return Entry(
        kind="deliver",
        load_id=load_id,
        scope_key=said.scope_key,
        source=said.source,
        source_version=said.source_version,
        account=said.account,
        period_start=said.period_start,
        part=part,
        delivery_id=later_id(),
        rules_hash=rules.rules_hash,
        content_hash=scopes.content_hash(f.content for f in files),
        files=tuple(f.named for f in files),
        coverage=said.coverage,
        totals=said.totals,
        rounding=said.rounding,
        rows=said.rows,
        problems=sum(len(f.problems) for f in files),
    )


def _known(journal: Journal, entry: Entry) -> Entry | None:
    """The live delivery of the same scope with the same content, if there is one."""
    alone = entry.part or len(journal.of_scope(entry.scope_key)) == 1
    return journal.same(entry) if alone else None


def _refuse_losses(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, entries: Sequence[Entry]
) -> None:
    """Refuse deliveries that would take days out of their scopes without being told to."""
    for entry in entries:
        if _known(journal, entry) is None:
            _refuse_loss(connection, ledger, journal, entry)


def _refuse_loss(connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, entry: Entry) -> None:
    held = journal.of_scope(entry.scope_key)
    if not held:
        return
    before = live_rows(ledger, "charges", journal, {e.delivery_id for e in held})
    incoming = f"(SELECT * FROM incoming WHERE x_ScopeKey = {literal(entry.scope_key)})"
    lost = scopes.missing_days(connection, before, incoming)
    if not lost:
        return
    days = plural(len(lost), "day")
    raise InputError(
        "E-LOAD-010",
        f"{entry.source} {entry.account or '(no account)'} {entry.period_start}: the ledger holds charges of {days} "
        f"({lost[0]}..{lost[-1]}) that this delivery does not have",
        "--replace if it is a correction of the whole period, --append-part if it is another part of it",
    )


def _notes(files: Sequence[Staged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for f in files for note in f.notes))


# A corrected bill has about as many rows as the first; half of them is a sign that a part of the files was named.
SHRUNK = 2


def _shrinks(journal: Journal, entry: Entry) -> tuple[str, ...]:
    """A word of warning when a delivery puts far fewer rows in the place of what its scope held."""
    before = 0 if entry.part else sum(e.rows for e in journal.of_scope(entry.scope_key))
    if before < SHRUNK * entry.rows:
        return ()
    where = f"{entry.source} {entry.account or '(no account)'} {entry.period_start}"
    return (f"{where}: {entry.rows:,} rows replace {before:,}; if files are missing, load all of them again",)


def _write(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    journal: Journal,
    entries: list[Entry],
    rules: Rules,
    problems: Sequence[Problem],
) -> None:
    """Charges, costs and problems of the new deliveries, then the journal entries that make them exist."""
    if not entries:
        return
    load_id = entries[0].load_id
    named = ", ".join(f"({literal(e.scope_key)}, {literal(e.delivery_id)})" for e in entries)
    rows = (
        f"SELECT incoming.* REPLACE (d.id AS x_DeliveryId, {literal(load_id)} AS x_LoadId) "
        f"FROM incoming JOIN (VALUES {named}) AS d(scope, id) ON incoming.x_ScopeKey = d.scope"
    )
    written = write_file(connection, ledger, "charges", rows, load_id)
    adopt(ledger, "charges", [written], load_id)
    derived = derive_batch(connection, ledger, parquet([written[0]]), entries, journal.after(entries), rules)
    if problems:
        write_problems(connection, ledger, load_id, problems)
    record(connection, ledger, derived)


def remove(connection: "duckdb.DuckDBPyConnection", ledger: Path, delivery_id: str) -> tuple[Entry, ...]:
    """Take the scope of a live delivery out of the ledger; returns what was live in it. Raises `InputError`."""
    named = [e for e in read_journal(connection, ledger).live() if e.delivery_id == delivery_id]
    if not named:
        hint = "outlay sources lists the deliveries with their ids"
        raise InputError("E-REMOVE-001", f"no live delivery {delivery_id!r}", hint)
    scope = named[0]
    with locked(ledger, [scope.scope_key]):
        gone = read_journal(connection, ledger).of_scope(scope.scope_key)
        entry = Entry("remove", uuid.uuid4().hex[:16], scope.scope_key, scope.source, account=scope.account)
        record(connection, ledger, [changed(entry, period_start=scope.period_start)])
    return gone
