"""The journal: the only commit point. Rows of charges and costs exist once a journal entry names them.

kinds   deliver   a delivery of a scope, replacing what the scope held (or adding to it, when `part`)
        derive    costs of a delivery derived again, after a rule or an input changed
        reprice   events of a delivery priced again, after prices were learnt
        remove    a scope taken out
"""

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.ledger.engine import parquet
from outlay.ledger.store import append, empty_relation, list_files
from outlay.ledger.tables import HOLDS, JOURNAL
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError

if TYPE_CHECKING:
    import duckdb

_NEXT = count()
JSON_FIELDS = ("inputs", "files", "coverage", "totals", "rounding")


def later_id() -> str:
    """An id that is greater than all before it: so ids of deliveries tell which came first."""
    return f"{time.time_ns() + next(_NEXT):016x}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    kind: str
    load_id: str
    scope_key: str
    source: str = ""
    source_version: str = ""
    account: str = ""
    period_start: str = ""
    part: bool = False
    delivery_id: str = ""
    derive_id: str = ""
    rules_hash: str = ""
    content_hash: str = ""
    inputs: tuple[str, ...] = ()
    files: tuple[Mapping[str, Any], ...] = ()
    coverage: tuple[Mapping[str, Any], ...] = ()
    totals: tuple[Mapping[str, Any], ...] = ()
    rounding: tuple[Mapping[str, Any], ...] = ()
    rows: int = 0
    problems: int = 0
    shape: str = "charge"
    recorded_at: datetime | None = None
    entry_id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Journal:
    """All entries, oldest first."""

    entries: tuple[Entry, ...]

    def as_of(self, moment: datetime | None) -> "Journal":
        """The journal as it was at `moment`. Raises `InputError` when there was no ledger then."""
        if moment is None:
            return self
        kept = tuple(e for e in self.entries if e.recorded_at is not None and e.recorded_at <= moment)
        if not kept:
            first = f"the first entry is of {self.entries[0].recorded_at}" if self.entries else "the ledger is empty"
            raise InputError("E-ASOF-001", f"there was no ledger at {moment.isoformat()}", first)
        return Journal(kept)

    def live(self) -> tuple[Entry, ...]:
        """The deliveries that count, each with its latest derivation, in the order of delivery."""
        scopes: dict[str, list[Entry]] = {}
        derived: dict[str, Entry] = {}
        for entry in self.entries:
            if entry.kind == "deliver":
                kept = scopes.setdefault(entry.scope_key, [])
                scopes[entry.scope_key] = [*kept, entry] if entry.part else [entry]
            elif entry.kind == "remove":
                scopes[entry.scope_key] = []
            elif entry.kind in ("derive", "reprice"):
                derived[entry.delivery_id] = entry
        live = [e for kept in scopes.values() for e in kept]
        return tuple(_with_derivation(e, derived.get(e.delivery_id)) for e in sorted(live, key=_when))

    def after(self, entries: Sequence["Entry"]) -> tuple[Entry, ...]:
        """What would be live once `entries` were recorded."""
        moment = datetime.max.replace(tzinfo=UTC)
        return Journal((*self.entries, *(replace(e, recorded_at=moment) for e in entries))).live()

    def holding(self, table: str) -> tuple[Entry, ...]:
        """The live deliveries that have rows in a table."""
        return tuple(e for e in self.live() if table in HOLDS[e.shape])

    def of_scope(self, scope_key: str) -> tuple[Entry, ...]:
        """The live deliveries of one scope."""
        return tuple(e for e in self.live() if e.scope_key == scope_key)

    def same(self, entry: Entry) -> Entry | None:
        """The live delivery that holds what `entry` would bring to its scope, if there is one."""
        return next((e for e in self.of_scope(entry.scope_key) if e.content_hash == entry.content_hash), None)


def _when(entry: Entry) -> datetime:
    return entry.recorded_at or datetime.max.replace(tzinfo=UTC)


def _with_derivation(delivery: Entry, derived: Entry | None) -> Entry:
    if derived is None:
        return delivery
    names = ("derive_id", "rules_hash", "inputs", "coverage", "totals")
    return replace(delivery, **{name: getattr(derived, name) for name in names})


def read_journal(connection: "duckdb.DuckDBPyConnection", ledger: Path) -> Journal:
    """Every entry of the ledger's journal, in the order of recording."""
    files = list_files(ledger, "journal")
    if not files:
        return Journal(())
    columns = ", ".join(f"epoch_us({quoted(c.name)})" if c.kind == "time" else quoted(c.name) for c in JOURNAL)
    order = "recorded_at, source, account, period_start, entry_id"
    # A journal of an earlier release may lack a column.
    whole = f"(SELECT * FROM {parquet(files)} UNION ALL BY NAME SELECT * FROM {empty_relation(JOURNAL)})"
    rows = connection.execute(f"SELECT {columns} FROM {whole} ORDER BY {order}").fetchall()
    return Journal(tuple(_entry(dict(zip([c.name for c in JOURNAL], row, strict=True))) for row in rows))


def _entry(row: dict[str, Any]) -> Entry:
    decoded = {k: tuple(json.loads(row[k])) if row[k] else () for k in JSON_FIELDS}
    when = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["recorded_at"])
    return Entry(**{**row, **decoded, "recorded_at": when, "shape": row["shape"] or "charge"})


def record(connection: "duckdb.DuckDBPyConnection", ledger: Path, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Commit entries to the journal, all at once and of one moment: from here on what they name exists."""
    moment = _next_moment(read_journal(connection, ledger))
    stamped = tuple(replace(e, recorded_at=moment) for e in entries)
    if stamped:
        rows = " UNION ALL ".join(f"SELECT {_values(e)}" for e in stamped)
        append(connection, ledger, "journal", rows)
    return stamped


def _next_moment(journal: Journal) -> datetime:
    """Now, or just after the last entry if the clock went back."""
    last = max((_when(e) for e in journal.entries), default=None)
    now = datetime.now(UTC)
    return now if last is None or now > last else last + timedelta(microseconds=1)


def _values(entry: Entry) -> str:
    return ", ".join(f"{_sql(c.name, getattr(entry, c.name))} AS {quoted(c.name)}" for c in JOURNAL)


def _sql(name: str, value: Any) -> str:
    if name in JSON_FIELDS:
        return literal(json.dumps(value))
    if isinstance(value, datetime):
        return f"CAST({literal(value.isoformat())} AS TIMESTAMPTZ)"
    return str(value) if isinstance(value, bool | int) else literal(value)
