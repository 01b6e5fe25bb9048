"""Deliver calls of models into the ledger: priced events, their rollups, then one journal commit.

Each file is a delivery of its own: traffic comes in pieces, and none replaces another. The same content again changes
nothing. Where two deliveries tell the same call, the one that tells less of it is written again without it.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal, later_id, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.load import Delivery, Staged, write_problems
from outlay.ledger.lock import locked
from outlay.ledger.odd_calls import odd_calls
from outlay.ledger.scopes import content_hash
from outlay.ledger.store import adopt, append, empty_relation, list_files, write_file
from outlay.ledger.tables import PRICES, TABLES
from outlay.model.charge import coded, literal, quoted
from outlay.model.event import BEFORE, PRICED
from outlay.model.problem import Problem
from outlay.model.providers import title

if TYPE_CHECKING:
    import duckdb

LOCK = "events"


class Costed(Protocol):
    """Priced events as a relation, and the rates that they met."""

    @property
    def relation(self) -> str:
        """The table expression."""
        ...

    @property
    def rates(self) -> Sequence[Any]:
        """The rates."""
        ...


class Meter(Protocol):
    """How calls become priced events; see `outlay.meter.metering`."""

    @property
    def rules_hash(self) -> str:
        """A name for everything that pricing depends on beside the calls."""
        ...

    def repeats(self, events: str, columns: Collection[str], live: str) -> Any:
        """Which of the calls repeat others."""
        ...

    def price(self, events: str, columns: Collection[str], repeats: Any, held: Collection[str]) -> Costed:
        """The events with their costs; those of the deliveries `held` keep what they have."""
        ...

    def suggest(self, provider: str, model: str) -> Sequence[str]:
        """Names that look like a provider, or a model of it, that nobody knows."""
        ...

    def written(self, columns: Collection[str]) -> frozenset[str]:
        """The columns that are worth writing."""
        ...

    def reprice(self, events: str, columns: Collection[str], since: str, moment: str) -> Costed:
        """The events of the ledger with the costs of the present book from a day on, and what they cost until then."""
        ...

    def rollups(self, events: str) -> Mapping[str, str]:
        """The queries of the rollups over written events."""
        ...

    def prices(self, rates: Sequence[Any]) -> Iterable[tuple[object, ...]]:
        """What the rates are made of, as rows of the table of prices."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that are written together: their deliveries, a relation with the columns of a call, and those they have.

    The deliveries `held` are in the ledger: their calls keep what they cost until somebody prices them again.
    """

    entries: tuple[Entry, ...]
    relation: str
    columns: frozenset[str]
    held: frozenset[str] = frozenset()


def deliver_traffic(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    staged: Sequence[Staged],
    meter: Meter,
    *,
    load_id: str,
    beside: Sequence[Problem] = (),
) -> tuple[list[Delivery], list[Problem]]:
    """Commit staged files of calls: one delivery per file, all in one journal commit; and what is odd about them.

    `beside` are problems of the load that no staged file has; they are recorded with what is new.
    """
    if not staged:
        return [], []
    once = list({s.sha256: s for s in staged}.values())
    with locked(ledger, [LOCK]):
        journal = read_journal(connection, ledger)
        found = [(s, _entry(s, load_id, meter)) for s in once]
        known = {s.sha256: held[0] for s, e in found if (held := _held(journal, e))}
        fresh = [(s, e) for s, e in found if s.sha256 not in known]
        entries: Mapping[str, Entry] = {}
        odd: list[Problem] = []
        if fresh:
            batch = _gathered(connection, fresh)
            problems = [*beside, *(p for s, _ in fresh for p in s.problems)]
            done, odd = _commit(connection, ledger, journal, batch, meter, load_id, problems)
            entries = {e.scope_key: e for e in done}
    return [_delivery(s, e, known, entries) for s, e in found], odd


def _held(journal: Journal, entry: Entry) -> tuple[Entry, ...]:
    """The live delivery of the same file, if it was read in the same way."""
    return tuple(e for e in journal.of_scope(entry.scope_key) if e.content_hash == entry.content_hash)


def _delivery(file: Staged, entry: Entry, known: Mapping[str, Entry], entries: Mapping[str, Entry]) -> Delivery:
    if held := known.get(file.sha256):
        return Delivery(held, "unchanged", (file.path.name,), file.notes)
    return Delivery(entries[entry.scope_key], "loaded", (file.path.name,), file.notes)


def _entry(file: Staged, load_id: str, meter: Meter) -> Entry:
    said = f"{file.source}\x1f{file.sha256}"
    return Entry(
        kind="deliver",
        load_id=load_id,
        scope_key=hashlib.sha256(said.encode()).hexdigest()[:16],
        source=file.source,
        source_version=file.version,
        delivery_id=later_id(),
        rules_hash=meter.rules_hash,
        content_hash=content_hash([file.content]),
        files=({"name": file.path.name, "sha256": file.sha256, "id": file.sha256[:16]},),
        rows=file.rows,
        problems=len(file.problems),
        shape="event",
    )


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


def columns_of(connection: "duckdb.DuckDBPyConnection", ledger: Path, entries: Sequence[Entry]) -> frozenset[str]:
    """The columns that the files of some deliveries have."""
    files = list_files(ledger, "events", {e.derive_id for e in entries})
    rows = connection.execute(f"DESCRIBE SELECT * FROM {parquet(files)}").fetchall() if files else []
    return frozenset(row[0] for row in rows) - {*ADDED}


ADDED = (*(c.name for c in (*PRICED, *BEFORE)), "x_DeriveId")


def write_batch(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    batch: Batch,
    meter: Meter,
    priced: Costed,
    shared: Mapping[str, Collection[str]],
) -> list[Entry]:
    """Write priced events; returns the entries that will make them exist.

    `shared` are, for a delivery, the others that tell some of the same calls.
    """
    derive_id = uuid.uuid4().hex[:16]
    _write_prices(connection, ledger, meter.prices(priced.rates))
    again = any(e.kind == "reprice" for e in batch.entries)
    columns = meter.written(batch.columns) | ({c.name for c in BEFORE} if batch.held else set())
    written = write_file(connection, ledger, "events", priced.relation, derive_id, columns)
    adopt(ledger, "events", [written], derive_id)
    whole = f"SELECT * FROM {empty_relation(TABLES['events'])}"
    told = _told(connection, f"(SELECT * FROM {parquet([written[0]])} UNION ALL BY NAME {whole})")
    return [
        changed(
            e,
            derive_id=derive_id,
            rules_hash=e.rules_hash if e.kind == "derive" else meter.rules_hash,
            inputs=e.inputs if again else tuple(sorted(shared.get(e.delivery_id, ()))),
            coverage=told.get(e.delivery_id, ((), ()))[0],
            totals=told.get(e.delivery_id, ((), ()))[1],
        )
        for e in batch.entries
    ]


def _told(connection: "duckdb.DuckDBPyConnection", events: str) -> dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]]:
    """What each delivery covers and what its calls cost, by provider and currency."""
    rows = connection.execute(
        "SELECT x_DeliveryId, coalesce(provider_id, provider, ''), coalesce(currency, ''), count(*), "
        "strftime(min(time) AT TIME ZONE 'UTC', '%Y-%m-%d'), strftime(max(time) AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        "CAST(sum(cost) AS VARCHAR), CAST(sum(coalesce(requests, 1)) AS BIGINT), "
        "CAST(coalesce(sum(coalesce(requests, 1)) FILTER (WHERE unpriced IS NOT NULL), 0) AS BIGINT) "
        f"FROM {events} WHERE counted GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
    ).fetchall()
    found: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {}
    for delivery, provider, currency, events, first, last, cost, requests, unpriced in rows:
        coverage, totals = found.get(delivery, ((), ()))
        said = {"provider": title(provider), "currency": currency}
        covers = {**said, "kind": "metered", "rows": events, "first_day": first, "last_day": last}
        costs = {**said, "x_MeteredCost": cost, "requests": requests, "unpriced": unpriced}
        found[delivery] = ((*coverage, covers), (*totals, costs))
    return found


def _write_prices(connection: "duckdb.DuckDBPyConnection", ledger: Path, rows: Iterable[tuple[object, ...]]) -> None:
    """Note what rates are made of, those that are not noted yet."""
    files = list_files(ledger, "prices")
    held = connection.execute(f"SELECT DISTINCT rate_id FROM {parquet(files)}").fetchall() if files else []
    known = {row[0] for row in held}
    fresh = [row for row in rows if row[0] not in known]
    if not fresh:
        return
    columns = ", ".join(f"{quoted(c.name)} {c.sql_type}" for c in PRICES)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE found_prices ({columns})")
    connection.executemany(f"INSERT INTO found_prices VALUES ({', '.join('?' for _ in PRICES)})", fresh)
    append(connection, ledger, "prices", "SELECT * FROM found_prices")


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


def held_batch(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, entries: Sequence[Entry], kind: str
) -> Batch:
    """Deliveries of the ledger as a batch, to be written again."""
    ids = frozenset(e.delivery_id for e in entries)
    held = live_rows(ledger, "events", journal, set(ids))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW held AS SELECT *, CAST(NULL AS BIGINT) AS uncached FROM {held}")
    again = tuple(changed(e, kind=kind, entry_id=uuid.uuid4().hex) for e in entries)
    return Batch(again, "held", columns_of(connection, ledger, entries), ids)
