"""Price past calls again, after prices were learnt: new costs, and what every event cost before and with which rate."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.batch import Batch, Meter, held_batch, write_batch
from outlay.ledger.engine import parquet
from outlay.ledger.journal import read_journal, record
from outlay.ledger.lock import locked
from outlay.ledger.store import list_files
from outlay.ledger.traffic import LOCK

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Repriced:
    """What a team's calls of a model cost before and after. None: no cost was known. `rates` are old and new ids."""

    team: str | None
    provider: str
    model: str
    currency: str
    requests: int
    before: Decimal | None
    after: Decimal | None
    rates: tuple[tuple[str | None, str | None], ...]

    @property
    def difference(self) -> Decimal | None:
        """How much more the calls cost; None where either cost is not known."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def learnt(self) -> bool:
        """Whether a cost is known that was not."""
        return self.before is None and self.after is not None

    @property
    def lost(self) -> bool:
        """Whether a cost that was known is not."""
        return self.before is not None and self.after is None


def reprice(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, meter: Meter, since: str = "", *, dry_run: bool = False
) -> tuple[Repriced, ...]:
    """Price the events from the day `since` on by the present book; returns the differences, the largest first.

    Deliveries where nothing changes stay as they are. With `dry_run` nothing is written.
    """
    moment = datetime.now(UTC).isoformat()
    with locked(ledger, [LOCK]):
        journal = read_journal(connection, ledger)
        held = journal.holding("events")
        # A delivery in which nothing counts covers no day, and may count once another one goes.
        entries = [e for e in held if not e.coverage or any(said["last_day"] >= since for said in e.coverage)]
        batch = held_batch(connection, ledger, journal, entries, "reprice")
        touched = _touched(connection, meter, batch, since, moment) if entries else frozenset()
        if not touched:
            return ()
        again = [e for e in entries if e.delivery_id in touched]
        batch = held_batch(connection, ledger, journal, again, "reprice")
        priced = meter.reprice(batch.relation, batch.columns, since, moment)
        if dry_run:
            return _differences(connection, priced.relation, moment)
        written = write_batch(connection, ledger, batch, meter, priced, {})
        events = parquet(list_files(ledger, "events", {written[0].derive_id}))
        found = _differences(connection, events, moment)
        record(connection, ledger, written)
    return found


def _touched(
    connection: "duckdb.DuckDBPyConnection", meter: Meter, batch: Batch, since: str, moment: str
) -> frozenset[str]:
    """The deliveries in which an event gets another rate."""
    relation = meter.reprice(batch.relation, batch.columns, since, moment).relation
    rows = connection.execute(f"SELECT DISTINCT x_DeliveryId FROM {relation} WHERE {_at(moment)}").fetchall()
    return frozenset(row[0] for row in rows)


def _at(moment: str) -> str:
    """SQL for the events whose price changed at a moment."""
    return f"was_until = TIMESTAMPTZ '{moment}'"


def _differences(connection: "duckdb.DuckDBPyConnection", events: str, moment: str) -> tuple[Repriced, ...]:
    """Costs before and after of the events whose price changed at a moment, by team and model.

    Events whose cost became known or unknown are groups of their own, so that no sum leaves some of them out.
    """
    team = "team" if _has(connection, events, "team") else "CAST(NULL AS VARCHAR)"
    rows = connection.execute(
        f"SELECT {team}, coalesce(provider_id, provider), coalesce(model_id, model), any_value(currency), "
        f"{_requests(connection, events)}, sum(was_cost), sum(cost), "
        "list_sort(list(DISTINCT [nullif(was_rate_id, 'none'), rate_id])) "
        f"FROM {events} WHERE counted AND {_at(moment)} "
        "GROUP BY 1, 2, 3, was_cost IS NULL, cost IS NULL"
    ).fetchall()
    found = [
        Repriced(team, provider, model, currency or "", requests, before, after, tuple((r[0], r[1]) for r in pairs))
        for team, provider, model, currency, requests, before, after, pairs in rows
    ]
    return tuple(sorted(found, key=_most_money_first))


def _most_money_first(row: Repriced) -> tuple[object, ...]:
    """Changes of which one side is unknown move all of the money that the other one names."""
    moved = row.difference if row.difference is not None else row.after or row.before or Decimal(0)
    return -abs(moved), row.team or "", row.provider, row.model, row.learnt, row.lost


def _has(connection: "duckdb.DuckDBPyConnection", events: str, name: str) -> bool:
    return any(row[0] == name for row in connection.execute(f"DESCRIBE SELECT * FROM {events}").fetchall())


def _requests(connection: "duckdb.DuckDBPyConnection", events: str) -> str:
    return "CAST(sum(coalesce(requests, 1)) AS BIGINT)" if _has(connection, events, "requests") else "count(*)"
