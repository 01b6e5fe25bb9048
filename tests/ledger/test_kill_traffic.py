"""A load of calls, or a reprice, that is killed at any write leaves the costs as they were or as they would be."""

import shutil
import signal
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from benchmarks.kill_table import start_load
from tests.bills import workspace
from tests.calls import EACH, call, metered, write_calls

from outlay.workspace import Workspace

# The process kills itself after so many writes: files that are written, and commits that adopt them.
RUN = """
import os, signal, sys
from outlay.ledger import store
left = int(sys.argv.pop(1))
def dying(function):
    def run(*words, **names):
        global left
        found = function(*words, **names)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return found
    return run
store.write_file, store.adopt = dying(store.write_file), dying(store.adopt)
from outlay.cli import main
main()
"""
CONTRACT = """
source: a contract
recorded: 2026-11-01
prices:
  - {provider: openai, model: gpt-4o, from: 2026-10-01, prices: {input: 1.6, cache_read: 0.8, output: 8}}
"""
OLD = [call(), call(id="hour", tokens=1_000_000, output=0)]
# A larger telling of the hour, so that the first delivery is written again, and a model that was not seen before.
NEW = [call(id="hour", tokens=4_000_000, output=0), call(model="gpt-4o-mini")]
BEFORE, AFTER = (2, EACH + Decimal("2.5")), (3, EACH + 10 + Decimal("0.0021"))
REPRICED = (2, Decimal("0.024") + Decimal("1.6"))
# Prices, events and the journal, each a file and a commit; then two rollups, which anybody makes who asks for them.
COMMITTED, WRITES = 6, 10


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the old calls, and the new ones beside it."""
    folder = tmp_path_factory.mktemp("base")
    opened = workspace(folder / "work")
    opened.load([write_calls(folder / "old.csv", OLD)])
    write_calls(folder / "new.csv", NEW)
    assert metered(opened) == BEFORE
    return folder


def killed(base: Path, folder: Path, writes: int, *words: str) -> Workspace:
    """The workspace after a command that was killed after some writes."""
    work = shutil.copytree(base / "work", folder / "work")
    if "reprice" in words:
        (work / "prices").mkdir()
        (work / "prices" / "own.yaml").write_text(CONTRACT)
    command = [sys.executable, "-c", RUN, str(writes), *words, "--workspace", str(work)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == (-signal.SIGKILL if writes else 0), ended.stderr
    return Workspace(work)


@pytest.mark.parametrize("writes", range(1, WRITES + 1))
def test_a_killed_load_of_calls_changes_nothing_or_everything(base: Path, tmp_path: Path, writes: int) -> None:
    opened = killed(base, tmp_path, writes, "load", str(base / "new.csv"))
    assert metered(opened) == (AFTER if writes >= COMMITTED else BEFORE)
    opened.load([base / "new.csv"])
    assert metered(opened) == AFTER
    assert [f.code for f in opened.examine() if f.severity == "error"] == []


def test_a_load_of_calls_has_so_many_writes(base: Path, tmp_path: Path) -> None:
    ended = killed(base, tmp_path, 0, "load", str(base / "new.csv"))
    assert metered(ended) == AFTER


@pytest.mark.parametrize("writes", [1, 2, 4, 5, 6])
def test_a_killed_reprice_changes_nothing_or_everything(base: Path, tmp_path: Path, writes: int) -> None:
    opened = killed(base, tmp_path, writes, "reprice")
    assert metered(opened) == (REPRICED if writes == COMMITTED else BEFORE)
    opened.reprice()
    assert metered(opened) == REPRICED
    assert opened.reprice() == ()


@pytest.mark.parametrize("writes", [2, 5])
def test_a_removal_that_is_killed_gives_calls_back_later(base: Path, tmp_path: Path, writes: int) -> None:
    """The larger telling is gone once the journal says so; the smaller one is written again by whoever is next."""
    shutil.copytree(base / "work", tmp_path / "both" / "work")
    both = Workspace(tmp_path / "both" / "work")
    both.load([base / "new.csv"])
    newest = next(e for e in both.journal.live() if e.files[0]["name"] == "new.csv")
    opened = killed(tmp_path / "both", tmp_path, writes, "sources", "--remove", newest.delivery_id)
    assert metered(opened) == (1, EACH)
    opened.refresh()
    assert metered(opened) == BEFORE


def test_two_loads_of_calls_at_once_both_count(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    files = [
        write_calls(tmp_path / f"{n}.csv", [call(tenant=f"t{n}"), call(id="both"), *[call()] * n]) for n in range(2)
    ]
    for process in [start_load(opened.folder, str(file)) for file in files]:
        _, talk = process.communicate(timeout=120)
        assert process.returncode == 0, talk
    assert metered(opened) == (4, 4 * EACH)
