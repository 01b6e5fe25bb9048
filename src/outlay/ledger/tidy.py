"""Tidy: sweep what no journal entry needs, and join small files. Delta's own vacuum is never run on its own."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import parquet
from outlay.ledger.journal import Journal, read_journal
from outlay.ledger.live import batch_of
from outlay.ledger.lock import locked
from outlay.ledger.store import adopt, list_files, open_table, write_file
from outlay.ledger.tables import HOLDS, PARTITIONS, TABLES

if TYPE_CHECKING:
    import duckdb

DAY = timedelta(days=1)
SMALL_FILES = 8


@dataclass(frozen=True, slots=True)
class Tidied:
    """What was swept and joined."""

    orphan_files: int
    superseded_batches: int
    joined_files: int
    bytes_freed: int


def orphans(ledger: Path, older_than: timedelta = DAY) -> list[Path]:
    """Files on disk that no Delta log names, older than `older_than`: what a killed load left."""
    limit = time.time() - older_than.total_seconds()
    found: list[Path] = []
    for name in TABLES:
        known = set(list_files(ledger, name))
        found += [p for p in (ledger / name).glob("*.parquet") if p not in known and p.stat().st_mtime < limit]
    staging = ledger / "staging"
    return found + [p for p in staging.glob("*") if p.name != "spill" and p.stat().st_mtime < limit]


def unneeded(ledger: Path, journal: Journal, keep: timedelta, now: datetime) -> dict[str, set[str]]:
    """Per table the batches that no live delivery needs: never committed, or superseded longer than `keep` ago."""
    needed: dict[str, set[str]] = {name: set() for name in PARTITIONS}
    moments = [now, *(e.recorded_at for e in journal.entries if e.recorded_at and e.recorded_at > now - keep)]
    # What was live at any moment of the period that is kept, its beginning included.
    for moment in [now - keep, *moments]:
        for entry in Journal(tuple(e for e in journal.entries if e.recorded_at and e.recorded_at <= moment)).live():
            for name in HOLDS[entry.shape]:
                needed[name].add(batch_of(entry, name))
    found = {}
    for name in needed:
        present = _partitions(ledger, name, older_than=now - DAY)
        found[name] = present - needed[name]
    return found


def _partitions(ledger: Path, name: str, older_than: datetime) -> set[str]:
    """The batches of a table whose every file is older than a moment."""
    if not list_files(ledger, name):
        return set()
    actions = open_table(ledger, name).get_add_actions(flatten=True)
    keys = actions.column(f"partition.{PARTITIONS[name]}").to_pylist()
    paths = [ledger / name / p for p in actions.column("path").to_pylist()]
    limit = older_than.timestamp()
    young = {k for k, p in zip(keys, paths, strict=True) if p.exists() and p.stat().st_mtime >= limit}
    return set(keys) - young


def tidy(connection: "duckdb.DuckDBPyConnection", ledger: Path, keep_days: int, *, dry_run: bool = False) -> Tidied:
    """Sweep and join; with `dry_run` only say what would be done."""
    with locked(ledger, ["tidy"]):
        journal = read_journal(connection, ledger)
        swept = orphans(ledger)
        dropped = unneeded(ledger, journal, timedelta(days=keep_days), datetime.now(UTC))
        files = [f for name, keys in dropped.items() for f in list_files(ledger, name, keys)]
        freed = sum(_size(p) for p in (*swept, *files))
        if dry_run:
            return Tidied(len(swept), sum(map(len, dropped.values())), _joinable(ledger), freed)
        for name, keys in dropped.items():
            for key in sorted(keys):
                open_table(ledger, name).delete(f"{PARTITIONS[name]} = '{key}'")
        for path in (*swept, *files):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        joined = _join(connection, ledger)
        return Tidied(len(swept), sum(map(len, dropped.values())), joined, freed)


def _size(path: Path) -> int:
    if path.is_dir():
        return sum(p.stat().st_size for p in path.rglob("*") if p.is_file())
    return path.stat().st_size if path.exists() else 0


def _joinable(ledger: Path) -> int:
    counts = [len(list_files(ledger, name)) for name in ("journal", "problems")]
    return sum(c for c in counts if c > SMALL_FILES)


def _join(connection: "duckdb.DuckDBPyConnection", ledger: Path) -> int:
    """Write the many one-row files of the journal and of the problems as one file each."""
    joined = 0
    for name in ("journal", "problems"):
        files = list_files(ledger, name)
        if len(files) <= SMALL_FILES:
            continue
        written = write_file(connection, ledger, name, f"SELECT * FROM {parquet(files)}")
        adopt(ledger, name, [written], replacing=files)
        joined += len(files)
    return joined
