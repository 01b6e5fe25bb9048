"""Events that are written together: priced, written once, and told by delivery."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal
from outlay.ledger.live import live_rows
from outlay.ledger.store import adopt, append, list_files, whole_rows, write_file
from outlay.ledger.tables import PRICES
from outlay.model.charge import quoted
from outlay.model.event import BEFORE, PRICED
from outlay.model.providers import title

if TYPE_CHECKING:
    import duckdb


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


def held_batch(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, entries: Sequence[Entry], kind: str
) -> Batch:
    """Deliveries of the ledger as a batch, to be written again."""
    ids = frozenset(e.delivery_id for e in entries)
    held = live_rows(ledger, "events", journal, set(ids))
    connection.execute(f"CREATE OR REPLACE TEMP VIEW held AS SELECT *, CAST(NULL AS BIGINT) AS uncached FROM {held}")
    again = tuple(changed(e, kind=kind, entry_id=uuid.uuid4().hex) for e in entries)
    return Batch(again, "held", columns_of(connection, ledger, entries), ids)


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
    told = _told(connection, whole_rows("events", [written[0]]))
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
