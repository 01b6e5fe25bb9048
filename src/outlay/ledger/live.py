"""Live rows: what the journal says exists, as a table expression over the files that hold it."""

from collections.abc import Iterable
from pathlib import Path

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Entry, Journal
from outlay.ledger.store import empty_relation, list_files
from outlay.ledger.tables import HOLDS, PARTITIONS, TABLES
from outlay.model.charge import literal
from outlay.model.problem import InputError


def live_rows(
    ledger: Path, name: str, journal: Journal, only: set[str] | None = None, *, known: Journal | None = None
) -> str:
    """The live rows of a table, or only those of some deliveries. Raises `InputError` if they are gone.

    A file holds all deliveries of one load (or derivation): where every one of them is wanted it is read as it
    is, else by delivery. `known` is the whole journal, where `journal` has only the entries that are live.
    """
    wanted = [e for e in journal.holding(name) if only is None or e.delivery_id in only]
    whole, parts = [], []
    for key, entries in _batches(wanted, name).items():
        files = list_files(ledger, name, {key})
        if not files and any(e.rows for e in entries):
            raise swept(name)
        if {e.delivery_id for e in entries} == _members(known or journal, name, key):
            whole += files
        elif files:
            ids = ", ".join(literal(e.delivery_id) for e in entries)
            parts.append(f"SELECT * FROM {parquet(files)} WHERE x_DeliveryId IN ({ids})")
    if whole:
        parts.insert(0, f"SELECT * FROM {parquet(whole)}")
    if not parts:
        return empty_relation(TABLES[name])
    if name == "events":
        # A file of events has the columns that its source had.
        parts.append(f"SELECT * FROM {empty_relation(TABLES[name])}")
    return parquet(whole) if whole and len(parts) == 1 else f"({' UNION ALL BY NAME '.join(parts)})"


def swept(name: str) -> InputError:
    """What to say where the journal names rows of a table that are gone."""
    hint = "what was replaced is kept for `retention` days; outlay tidy swept it"
    return InputError("E-ASOF-003", f"the {name} of that time are no longer there", hint)


def batch_of(entry: Entry, name: str) -> str:
    """The id under which a table holds the rows of a delivery: that of its load, or of its derivation."""
    return entry.load_id if PARTITIONS[name] == "x_LoadId" else entry.derive_id


def _batches(entries: Iterable[Entry], name: str) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(batch_of(entry, name), []).append(entry)
    return found


def _members(journal: Journal, name: str, key: str) -> set[str]:
    """Every delivery whose rows the files of a load or a derivation hold."""
    kinds = ("deliver",) if PARTITIONS[name] == "x_LoadId" else ("deliver", "derive", "reprice")
    return {
        e.delivery_id
        for e in journal.entries
        if e.kind in kinds and name in HOLDS[e.shape] and batch_of(e, name) == key
    }
