"""Locks between processes: one per scope, held while a load commits. The kernel frees them when a process dies."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from outlay.model.problem import BusyError

PATIENCE_SECONDS = 30.0
STEP_SECONDS = 0.05


@contextmanager
def locked(ledger: Path, names: list[str], patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the locks `names`, taken in one order so that two loads cannot wait for each other.

    Raises `BusyError` when another process keeps one for longer than `patience` seconds.
    """
    folder = ledger / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    with ExitStack() as stack:
        for name in sorted(set(names)):
            handle = stack.enter_context((folder / f"{name}.lock").open("w"))
            _wait(handle, deadline)
        yield


def _wait(handle: IO[str], deadline: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    "E-LOCK-001", "another load of this scope is running", "wait for it to end, then load again"
                ) from None
            time.sleep(STEP_SECONDS)
        else:
            return
