"""What a load hands to the ledger, and what became of it."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from outlay.ledger.journal import Entry, later_id
from outlay.ledger.scopes import content_hash
from outlay.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Staged:
    """A file read into typed charges: `charges` is an SQL query over the usable rows.

    Beside the columns of a charge it yields `_r_BilledCost` and its like: what rounding took from each row. `left_out`
    counts the rows that are no charges and the lines that are no rows. `columns` are those that the file has. `told`
    names what a person said about the file, and is empty where nobody said anything.
    """

    path: Path
    source: str
    version: str
    sha256: str
    charges: str
    rows: int
    left_out: int
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    shape: str = "charge"
    columns: frozenset[str] = frozenset()
    told: str = ""

    @property
    def named(self) -> dict[str, Any]:
        """What the journal keeps of the file."""
        return {"name": self.path.name, "sha256": self.sha256, "id": self.sha256[:16]}

    @property
    def content(self) -> str:
        """What tells this reading from others: the bytes of the file, and what was said about them."""
        return f"{self.sha256}{self.told}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one scope of a load."""

    entry: Entry
    status: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = field(default=())


def file_entry(file: Staged, load_id: str, **said: Any) -> Entry:
    """The entry of a file that is a delivery of its own: the same file again, read otherwise, takes its place."""
    name = f"{file.source}\x1f{file.sha256}"
    return Entry(
        kind="deliver",
        load_id=load_id,
        scope_key=hashlib.sha256(name.encode()).hexdigest()[:16],
        source=file.source,
        source_version=file.version,
        delivery_id=later_id(),
        content_hash=content_hash([file.content]),
        files=(file.named,),
        rows=file.rows,
        problems=len(file.problems),
        shape=file.shape,
        **said,
    )
