"""What a source is: how a format is recognised and how its columns become those of a charge or of an event.

A source is one file in `sources/bills/` or `sources/traffic/`. It looks at a `Sample` (the header and the first
rows) and says which version it is; then it returns a `Reading`: for every column of a charge, or of an event, one
SQL expression over the raw columns. Everything common (decimals, dates, null spellings, rounding, problems, scopes)
is done once, in `sources/typed.py`, so a source holds no loop and no arithmetic but its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from outlay.ledger.tables import CHARGE, Shape
from outlay.model.charge import quoted
from outlay.sources.table import Table

# So many rows of a file are looked at to tell what it is.
FIRST_ROWS = 50


@dataclass(frozen=True, slots=True)
class Given:
    """What a person says about a file beside its path: other names for columns, constants, the start of its clock."""

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    origin: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What detection sees of a file: its column names as delivered and its first rows, all text.

    `table` reads all of its rows.
    `query` runs SQL over the whole file (named `{raw}`), for formats that only their values tell apart.
    `peers` are the versions of all files of this source in the same load; `currency` is the workspace's, for
    exports that name none. `beside` are those files.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str | None], ...]
    format: str = "csv"
    delimiter: str = ","
    table: Table = field(default_factory=Table)
    query: Callable[[str], list[tuple[object, ...]]] | None = None
    peers: frozenset[str] = frozenset()
    beside: tuple["Sample", ...] = ()
    currency: str = ""
    given: Given = Given()

    def has(self, *names: str) -> bool:
        """Whether every one of `names` is a column, whatever its case."""
        lowered = {c.lower() for c in self.columns}
        return all(name.lower() in lowered for name in names)

    def column(self, *names: str) -> str | None:
        """The delivered name of the first of `names` that is a column, compared without case."""
        lowered = {c.lower(): c for c in reversed(self.columns)}
        return next((lowered[n.lower()] for n in names if n.lower() in lowered), None)

    def sql(self, *names: str, default: str = "NULL") -> str:
        """An SQL expression for the first of `names` that is a column, else `default`."""
        found = self.column(*names)
        return default if found is None else quoted(found)

    def values(self, name: str) -> set[str]:
        """The distinct values of a column in the first rows."""
        found = self.column(name)
        return {v for row in self.rows if found and (v := row.get(found))}


@dataclass(frozen=True, slots=True)
class Check:
    """A rule of a format: the rows where the SQL condition `when` holds are kept and told as problems.

    `column` is a delivered column, whose value the problem quotes. What is loaded in its stead is said by `columns`.
    `empties` is the column of a charge that is empty for that reason, so that it is not told to be missing as well.
    `value` is the SQL of what is quoted, where that is more than the column. `bounds` is the SQL of the least and the
    largest value that break nothing, where that is all that the check looks at.
    """

    code: str
    message: str
    hint: str
    column: str
    when: str
    empties: str = ""
    value: str = ""
    bounds: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a raw table becomes charges.

    `columns` maps a column of a charge (FOCUS or `x_`) to an SQL expression over the raw columns; values are
    delivered text or typed values, and are typed later. `where` keeps rows (those left out are counted as
    `dropped`, with `dropped_reason`). `relation` may wrap the raw relation, named `{raw}`; every row of it must
    keep the column `x_RowId` of the raw row that it came from. `checks` are rules beyond the types of the columns.
    `made` names the columns of JSON that the reading writes itself: nobody has to look whether they are readable.
    `within` holds the SQL of the least and the largest value of a column: another one is loaded as unknown, and a check
    tells it.
    `version` is the export's version, `zone` the zone of times without one. `time_form` is an SQL LIKE pattern that
    delivered times should match; `lacking` names columns that the format demands and the file does not have.
    """

    columns: Mapping[str, str]
    version: str
    where: str = ""
    dropped_reason: str = ""
    relation: str = "{raw}"
    zone: str = "UTC"
    time_form: str = ""
    lacking: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())
    checks: tuple[Check, ...] = field(default=())
    made: frozenset[str] = frozenset()
    within: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """One format. `detect` returns the version of the export, or None when the file is not of it.

    `needs` names columns without which a file is not of it, each with its alternatives, to tell what a file lacks that
    is nearly one; `remedy` says what to do then.
    """

    name: str
    title: str
    detect: Callable[[Sample], str | None]
    read: Callable[[Sample, str], Reading]
    needs: tuple[tuple[str, ...], ...] = ()
    shape: Shape = CHARGE
    remedy: str = "export it with that column"
