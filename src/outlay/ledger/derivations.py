"""Derive costs from the charges of deliveries, and again when a rule or an input changed."""

import uuid
from collections.abc import Sequence
from dataclasses import replace as changed
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal, read_journal, record
from outlay.ledger.live import live_rows
from outlay.ledger.lock import locked
from outlay.ledger.store import adopt, write_file
from outlay.model.charge import literal

if TYPE_CHECKING:
    import duckdb


class Rules(Protocol):
    """How charges become costs, and what that depends on."""

    @property
    def rules_hash(self) -> str:
        """A name for everything that deriving depends on beside the charges."""
        ...

    def inputs(self, entry: Entry, live: Sequence[Entry]) -> tuple[str, ...]:
        """The ids of the other live deliveries that weigh in when this one is derived."""
        ...

    def derive(self, charges: str, batch: Sequence[Entry], live: Sequence[Entry]) -> str:
        """The costs of the relation `charges`, those of the deliveries `batch`, as a relation with the same sums."""
        ...

    def check(self, charges: str, costs: str, batch: Sequence[Entry], live: Sequence[Entry]) -> None:
        """Raise `LedgerError` if the written `costs` do not sum to `charges`."""
        ...


def derive_batch(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    charges: str,
    batch: Sequence[Entry],
    live: Sequence[Entry],
    rules: Rules,
) -> list[Entry]:
    """Derive the costs of deliveries and write them; raises `LedgerError` if any sum changed."""
    derive_id = uuid.uuid4().hex[:16]
    costs = rules.derive(charges, batch, live)
    query = f"SELECT *, {literal(derive_id)} AS x_DeriveId FROM {costs}"
    written = write_file(connection, ledger, "costs", query, derive_id)
    rules.check(charges, parquet([written[0]]), batch, live)
    adopt(ledger, "costs", [written], derive_id)
    return [changed(e, derive_id=derive_id, rules_hash=rules.rules_hash, inputs=rules.inputs(e, live)) for e in batch]


def rederive(connection: "duckdb.DuckDBPyConnection", ledger: Path, rules: Rules) -> int:
    """Derive again, from their charges, the live deliveries whose rules or inputs changed. Returns how many."""
    journal = read_journal(connection, ledger)
    with locked(ledger, [e.scope_key for e in _stale(journal, rules)]):
        journal = read_journal(connection, ledger)
        stale = _stale(journal, rules)
        if stale:
            charges = live_rows(ledger, "charges", journal, {e.delivery_id for e in stale})
            entries = [changed(e, kind="derive", entry_id=uuid.uuid4().hex) for e in stale]
            record(connection, ledger, derive_batch(connection, ledger, charges, entries, journal.live(), rules))
    return len(stale)


def _stale(journal: Journal, rules: Rules) -> list[Entry]:
    live = journal.live()
    return [
        e for e in journal.holding("costs") if e.rules_hash != rules.rules_hash or e.inputs != rules.inputs(e, live)
    ]
