"""The files of a load: recognised, read into typed rows, with everything that was wrong on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.staged import Staged
from outlay.model.problem import InputError, OutlayError, Problem
from outlay.sources.duplicates import without_duplicates
from outlay.sources.source import Given
from outlay.sources.staging import Opened, open_file, stage

if TYPE_CHECKING:
    import duckdb

Tell = Callable[[str], None]
PLANS = (".yaml", ".yml")


class NothingLoadedError(InputError):
    """No file of a load could be read; carries everything that was wrong."""

    def __init__(self, problems: Sequence[Problem], first: Problem | None) -> None:
        self.problems = tuple(problems)
        code = first.code if first else "E-LOAD-001"
        what = first.message if first else "there is no file to load"
        hint = first.hint if first else "name a bill file, a folder or a glob"
        super().__init__(code, what, hint, first.place if first else "")


def open_files(
    connection: "duckdb.DuckDBPyConnection", paths: Sequence[Path], only: str, given: Given | None
) -> tuple[list[Opened], list[Problem]]:
    """The files that some format knows, and what is wrong with the others."""
    opened, problems = [], []
    for path in paths:
        try:
            opened.append(open_file(path, connection, only, given))
        except InputError as error:
            problems.append(_as_problem(error))
    return opened, problems


def read_files(
    connection: "duckdb.DuckDBPyConnection",
    opened: Sequence[Opened],
    unknown: Sequence[Problem],
    scratch: Path,
    currency: str,
    tell: Tell,
) -> tuple[list[Staged], list[Problem]]:
    """The files that can be read, each with its problems; and those of the others, `unknown` ones among them.

    Raises `NothingLoadedError` if none has a row.
    """
    staged, problems = [], list(unknown)
    for file in opened:
        tell(f"reading {file.path.name}")
        peers = frozenset(o.version for o in opened if o.source.name == file.source.name)
        beside = [o.sample for o in opened if o.source.name == file.source.name and o is not file]
        try:
            staged.append(stage(file, connection, scratch, peers=peers, currency=currency, beside=beside))
        except InputError as error:
            problems.append(_as_problem(error))
    kept, duplicates = without_duplicates(connection, staged)
    problems.extend(duplicates)
    if not any(s.rows for s in kept):
        told = [*problems, *(p for s in kept for p in s.problems)]
        raise NothingLoadedError(told, told[0] if told else None)
    return kept, problems


def _as_problem(error: OutlayError) -> Problem:
    return Problem(error.code, str(error.args[0]), error.hint, error.place)


def is_plan(path: Path) -> bool:
    """Whether a file of a load is a plan: YAML with the name of one."""
    if path.suffix.lower() not in PLANS or not path.is_file():
        return False
    head = path.read_text(encoding="utf-8-sig", errors="replace")
    return any(line.startswith("plan:") for line in head.splitlines())
