"""Rollups of events, made when something asks for them: those of a derivation lie beside it under the same id."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.batch import Meter
from outlay.ledger.journal import Journal
from outlay.ledger.live import swept
from outlay.ledger.lock import locked
from outlay.ledger.store import adopt, list_files, partitions, whole_rows, write_file
from outlay.model.charge import literal

if TYPE_CHECKING:
    import duckdb

LOCK = "rollups"
ROLLUPS = ("rollup_hour", "rollup_tenant_day")


def make_rollups(connection: "duckdb.DuckDBPyConnection", ledger: Path, journal: Journal, meter: Meter) -> int:
    """Make the rollups that the live events of a journal lack. Returns how many derivations lacked one.

    Raises `InputError` if the events are gone.
    """
    wanted = {e.derive_id for e in journal.holding("events") if e.rows}
    if not _lacking(ledger, wanted):
        return 0
    with locked(ledger, [LOCK]):
        lacking = _lacking(ledger, wanted)
        for derive_id, table in sorted(lacking):
            files = list_files(ledger, "events", {derive_id})
            if not files:
                raise swept("events")
            rows = meter.rollups(whole_rows("events", files))[table]
            query = f"SELECT *, {literal(derive_id)} AS x_DeriveId FROM ({rows})"
            adopt(ledger, table, [write_file(connection, ledger, table, query, derive_id)], derive_id)
    return len({derive_id for derive_id, _ in lacking})


def _lacking(ledger: Path, wanted: set[str]) -> set[tuple[str, str]]:
    """Derivations and the rollups that they lack."""
    return {(derive_id, table) for table in ROLLUPS for derive_id in wanted - partitions(ledger, table)}
