"""Tidy: what nobody needs goes, what anybody may ask for stays."""

import os
import time
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import charge, days, rows, summed, total, workspace, write_bill

from outlay.ledger.store import empty_relation, list_files, write_file
from outlay.ledger.tables import COSTS
from outlay.ledger.tidy import SMALL_FILES, Tidied, tidy
from outlay.model.problem import InputError
from outlay.workspace import Workspace

DAY = 86_400


def age(folder: Path, seconds: float) -> None:
    """Make every file below a folder older."""
    for path in folder.rglob("*"):
        then = path.stat().st_mtime - seconds
        os.utime(path, (then, then))


def sweep(opened: Workspace, keep_days: int = 400, *, dry_run: bool = False) -> Tidied:
    return tidy(opened.connection, opened.ledger, keep_days, dry_run=dry_run)


def loaded(folder: Path, count: int = 1) -> Workspace:
    """A month that was delivered `count` times, at 1, 2, 3 ... a day."""
    opened = workspace(folder / "work")
    for cost in range(1, count + 1):
        opened.load([write_bill(folder / f"bill-{cost}.csv", days(1, 5, str(cost)))])
    return opened


def orphan(opened: Workspace) -> Path:
    """A file of costs that was written and never committed, as a killed load leaves it."""
    path, _ = write_file(opened.connection, opened.ledger, "costs", f"SELECT * FROM {empty_relation(COSTS)}", "lost")
    return path


def test_orphans_older_than_a_day_are_swept_and_younger_ones_stay(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    old, young = orphan(opened), orphan(opened)
    stale = opened.ledger / "staging" / "killed"
    stale.mkdir(parents=True)
    (stale / "part.parquet").write_bytes(b"x" * 10)
    for path in (old, stale):
        os.utime(path, (time.time() - 2 * DAY,) * 2)
    done = sweep(opened)
    assert (done.orphan_files, done.superseded_batches) == (2, 0)
    assert done.bytes_freed > 10
    assert (old.exists(), stale.exists(), young.exists()) == (False, False, True)
    assert total(opened) == 5


def test_live_files_are_never_swept_however_old(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    age(opened.ledger, 5000 * DAY)
    assert sweep(opened, keep_days=1) == Tidied(0, 0, 0, 0)
    assert (total(opened), rows(opened, "charges")) == (Decimal(5), 5)


def test_a_dry_run_changes_nothing(tmp_path: Path) -> None:
    opened = loaded(tmp_path, 5)
    lost = orphan(opened)
    age(opened.ledger, 2 * DAY)
    before = sorted(p for p in opened.ledger.rglob("*") if p.suffix != ".lock")
    told = sweep(opened, dry_run=True)
    assert told.orphan_files == 1
    assert lost.exists()
    assert sorted(p for p in opened.ledger.rglob("*") if p.suffix != ".lock") == before


def test_what_was_replaced_is_kept_for_the_retention(tmp_path: Path) -> None:
    opened = loaded(tmp_path, 2)
    age(opened.ledger, 2 * DAY)
    assert sweep(opened).superseded_batches == 0
    then = opened.journal.entries[0].recorded_at
    assert total(Workspace(opened.folder, as_of=then)) == 5


def test_what_was_replaced_long_ago_is_swept_and_its_time_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = loaded(tmp_path, 2)
    then = opened.journal.entries[0].recorded_at
    age(opened.ledger, 2 * DAY)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(days=40)  # type: ignore[arg-type]

    monkeypatch.setattr("outlay.ledger.tidy.datetime", Later)
    done = sweep(opened, keep_days=30)
    monkeypatch.undo()
    assert done.superseded_batches == 2
    assert (total(opened), rows(opened, "charges")) == (Decimal(10), 5)
    assert [len(list_files(opened.ledger, n)) for n in ("charges", "costs")] == [1, 1]
    # Not zero: what is gone is said to be gone.
    with pytest.raises(InputError) as raised:
        total(Workspace(opened.folder, as_of=then))
    assert raised.value.code == "E-ASOF-003"


def test_an_old_derivation_is_kept_for_the_retention(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    changed = workspace(opened.folder, "attribution:\n  - {name: t, set: team, tag: team}\n")
    assert changed.refresh() == 1
    age(opened.ledger, 2 * DAY)
    assert sweep(changed, keep_days=1).superseded_batches == 0
    assert len(list_files(changed.ledger, "costs")) == 2
    assert total(changed) == 5


def test_the_journals_small_files_are_joined_and_read_the_same(tmp_path: Path) -> None:
    opened = loaded(tmp_path, SMALL_FILES + 1)
    before, problems = opened.journal, opened.problems()
    assert len(list_files(opened.ledger, "journal")) == SMALL_FILES + 1
    done = sweep(opened)
    assert done.joined_files == SMALL_FILES + 1
    assert len(list_files(opened.ledger, "journal")) == 1
    assert Workspace(opened.folder).journal == before
    assert opened.problems() == problems
    assert total(opened) == 5 * (SMALL_FILES + 1)
    first = before.entries[0].recorded_at
    assert total(Workspace(opened.folder, as_of=first)) == 5
    opened.load([write_bill(tmp_path / "next.csv", days(1, 5, "100"))])
    assert total(opened) == 500


def test_a_load_after_tidy_goes_on(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    orphan(opened)
    age(opened.ledger, 2 * DAY)
    sweep(opened)
    other = [charge(3, BillingAccountId="acct-2")]
    opened.load([write_bill(tmp_path / "other.csv", other)])
    assert total(opened) == 5 + summed(other)


def test_nothing_to_tidy_is_nothing(tmp_path: Path) -> None:
    assert sweep(workspace(tmp_path)) == Tidied(0, 0, 0, 0)
