"""Locks between processes."""

import multiprocessing
from pathlib import Path

import pytest

from outlay.ledger.lock import locked
from outlay.model.problem import BusyError


def _hold(folder: Path, names: list[str], held: "multiprocessing.synchronize.Event", free: object) -> None:
    with locked(folder, names):
        held.set()
        free.wait(30)  # type: ignore[attr-defined]


def test_another_process_waits_and_then_says_so(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, free = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(tmp_path, ["b"], held, free))
    other.start()
    assert held.wait(30)
    with pytest.raises(BusyError) as raised, locked(tmp_path, ["a", "b"], patience=0.1):
        pass
    assert raised.value.code == "E-LOCK-001"
    assert raised.value.exit_code == 1
    with locked(tmp_path, ["a", "c"], patience=0.1):
        pass
    free.set()
    other.join(30)
    with locked(tmp_path, ["b"], patience=5):
        pass


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    held, free = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(tmp_path, ["a"], held, free))
    other.start()
    assert held.wait(30)
    other.kill()
    other.join(30)
    with locked(tmp_path, ["a"], patience=5):
        assert (tmp_path / "locks" / "a.lock").exists()


def test_a_name_given_twice_is_locked_once(tmp_path: Path) -> None:
    with locked(tmp_path, ["a", "a"], patience=0.1):
        assert len(list((tmp_path / "locks").iterdir())) == 1


def test_a_failure_inside_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="inside"), locked(tmp_path, ["a"]):
        raise ValueError("inside")
    with locked(tmp_path, ["a"], patience=0.1):
        assert (tmp_path / "locks").is_dir()
