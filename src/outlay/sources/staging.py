"""Read one file into typed charges or events on disk, with everything that was wrong with it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import parquet
from outlay.ledger.staged import Staged
from outlay.ledger.tables import CHARGE, EVENT, Shape
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError, Problem, first_line
from outlay.sources import defects, oddities, sampling, typed
from outlay.sources.formats import sources
from outlay.sources.places import Places
from outlay.sources.source import Given, Reading, Sample, Source
from outlay.sources.table import Table

if TYPE_CHECKING:
    import duckdb

# The name that DuckDB gives to the numbers of the rows of a Parquet file.
NUMBER = "file_row_number"


@dataclass(frozen=True, slots=True)
class Opened:
    """A file whose format is known, not yet read."""

    path: Path
    sample: Sample
    source: Source
    version: str

    @property
    def relation(self) -> str:
        """The table expression of its rows as delivered."""
        return self.sample.table.sql


def open_file(
    path: Path, connection: "duckdb.DuckDBPyConnection", only: str = "", given: Given | None = None
) -> Opened:
    """Find out what a file is; `only` names the format to force. Raises `InputError` if nothing recognises it."""
    sample = sampling.sample(path, connection)
    sample = replace(sample, query=_query(connection, sample), given=given or Given())
    known = [s for s in sources() if not only or s.name == only]
    if not known:
        names = ", ".join(s.name for s in sources())
        raise InputError("E-LOAD-003", f"unknown format {only!r}", f"known: {names}")
    for source in known:
        if (version := source.detect(sample)) is not None:
            return Opened(path, sample, source, version)
    raise _unknown(sample, known)


def _unknown(sample: Sample, known: Sequence[Source]) -> InputError:
    """What a file is not: the format that it nearly has, or the columns that no format has."""
    given = {*sample.given.columns, *sample.given.constants}
    for source in known:
        lacking = [
            " or ".join(names) for names in source.needs if sample.column(*names) is None and not given & {*names}
        ]
        if lacking and (len(known) == 1 or len(lacking) <= len(source.needs) // 2):
            what = f"no {source.name} file without the column {', '.join(lacking)}"
            return InputError("E-LOAD-002", what, source.remedy, f"{sample.path}:1")
    shown = ", ".join(sample.columns[:6]) + (", ..." if len(sample.columns) > 6 else "")
    names = ", ".join(s.name for s in known)
    hint = f"known formats: {names}; a table of your own is loaded as manual (charges), or as usage with --map (calls)"
    return InputError("E-LOAD-002", f"no format has these columns: {shown}", hint, f"{sample.path}:1")


def _query(connection: "duckdb.DuckDBPyConnection", sample: Sample) -> Callable[[str], list[tuple[object, ...]]]:
    """SQL over the rows of a file; lines that are no rows are passed over here and told when it is read."""
    import duckdb

    tolerant = _tolerant(sample, "rejects_of_queries")

    def run(sql: str, table: Table = tolerant) -> list[tuple[object, ...]]:
        try:
            return connection.execute(sql.format(raw=table.sql)).fetchall()
        except duckdb.Error as error:
            if table.is_mixed(error):
                return run(sql, table.lenient())
            raise _unreadable(sample.path, error) from error

    return run


def _tolerant(sample: Sample, rejects: str) -> Table:
    """The rows of a file; the lines of a CSV that are no rows are kept in the table `rejects`."""
    return sample.table.keeping_rejects(rejects) if sample.format == "csv" else sample.table


def stage(
    opened: Opened,
    connection: "duckdb.DuckDBPyConnection",
    scratch: Path,
    *,
    peers: frozenset[str] = frozenset(),
    currency: str = "",
    beside: Sequence[Sample] = (),
) -> Staged:
    """Read a file into typed charges below `scratch`.

    `peers` are the versions of all files of this source in the same load, `beside` the others of these files;
    `currency` is that of the workspace. Raises `InputError` when the file breaks while it is read.
    """
    import duckdb

    told = replace(opened.sample, peers=peers | {opened.version}, currency=currency, beside=tuple(beside))
    opened = replace(opened, sample=told)
    try:
        return _stage(opened, connection, scratch)
    except duckdb.Error as error:
        if not opened.sample.table.is_mixed(error):
            raise _unreadable(opened.path, error) from error
    again = replace(opened, sample=replace(opened.sample, table=opened.sample.table.lenient()))
    return stage(again, connection, scratch, peers=peers, currency=currency, beside=beside)


def _stage(opened: Opened, connection: "duckdb.DuckDBPyConnection", scratch: Path) -> Staged:
    shape, sample = opened.source.shape, opened.sample
    reading = _numbering(_complete(_filled(opened.source.read(sample, opened.version), sample), sample, shape))
    target = scratch / f"{hashlib.sha256(str(opened.path).encode()).hexdigest()[:16]}.parquet"
    rejects = f"rejects_{target.stem}"
    relation = _relation(connection, reading, _tolerant(sample, rejects).sql, target.stem)
    checked = typed.check_columns(connection, reading, relation, shape)
    if sample.format == "parquet" and relation == opened.relation and not sample.has(NUMBER):
        # Parquet needs no second copy on disk: it can be read again, column by column.
        reading = typed.proved(connection, checked, reading, relation)
        rows = f"({typed.select(checked, reading, sample.table.numbered().sql, numbers=True)})"
    else:
        typed.write(connection, typed.select(checked, reading, relation), target)
        rows = parquet([target], row_numbers=True)
    staged = typed.whole(checked, reading, rows, opened.source.name, shape)
    places = Places(connection, sample, reading, relation, rejects)
    problems = (
        *defects.broken_lines(places),
        *oddities.lacking_columns(sample, reading),
        *defects.bad_values(places, checked, staged, shape),
        *oddities.misshapen_times(places, checked, staged),
        *oddities.unknown_meanings(places, checked, staged),
    )
    delivered = frozenset(c.column.name for c in checked if c.delivered)
    return replace(_staged(places, opened, staged, problems), shape=shape.noun, columns=delivered)


def _filled(reading: Reading, sample: Sample) -> Reading:
    """A reading of calls with the constants of `--set` in the place of what its file does not say."""
    given = sample.given.constants
    if not given:
        return reading
    known = {c.name for c in EVENT.columns}
    said = {
        name: f"coalesce({reading.columns[name]}, {literal(value)})" if name in reading.columns else literal(value)
        for name, value in given.items()
        if name in known
    }
    return replace(reading, columns={**reading.columns, **said})


def _complete(reading: Reading, sample: Sample, shape: Shape) -> Reading:
    """A reading that has what every row of its shape needs. Raises `InputError`."""
    if absent := [c for c in shape.essential if c not in reading.columns]:
        hint = f"without it no row is {shape.with_article}; export it with that column"
        raise InputError("E-FILE-008", f"the column {', '.join(absent)} is missing", hint, f"{sample.path}:1")
    return reading


def _numbering(reading: Reading) -> Reading:
    """A reading whose rows are not those of the file one by one, made to keep the number of each."""
    if reading.relation == "{raw}" and not reading.where:
        return reading
    wrapped = "(SELECT * FROM {raw})" if reading.relation == "{raw}" else reading.relation
    return replace(reading, relation=wrapped, columns={"x_RowId": "x_RowId", **reading.columns})


def _relation(connection: "duckdb.DuckDBPyConnection", reading: Reading, raw: str, name: str) -> str:
    """What the reading selects from; a reading that wraps the raw rows gets them with their row numbers."""
    if reading.relation == "{raw}":
        return raw
    connection.execute(f"CREATE OR REPLACE TEMP TABLE raw_{name} AS SELECT * FROM {raw}")
    return reading.relation.format(raw=f"(SELECT rowid + 1 AS x_RowId, * FROM raw_{name})")


def _unreadable(path: Path, error: Exception) -> InputError:
    text = first_line(error)
    if "GZIP" in text.upper():
        hint = "download it again; nothing was loaded"
        return InputError("E-FILE-005", "the compressed file is damaged or cut", hint, str(path))
    return InputError("E-FILE-006", f"cannot be read: {text}", "nothing of this file was loaded", str(path))


def _staged(places: Places, opened: Opened, staged: str, problems: tuple[Problem, ...]) -> Staged:
    reading = places.reading
    missing = " OR ".join(f"{quoted(c)} IS NULL" for c in opened.source.shape.essential)
    counts = f"SELECT count(*), count(*) FILTER (WHERE {missing}) FROM {staged}"
    rows, unusable = places.connection.execute(counts).fetchall()[0]
    if not rows and not reading.where and all(p.code.startswith("W-") for p in problems):
        raise InputError("E-FILE-009", "no row below the header", "leave it out or export it again", str(opened.path))
    digest = _digest(opened.path)
    usable = (
        f"SELECT * EXCLUDE (file_row_number, _bad, _form) REPLACE ({_row_of(opened.source.shape)} AS x_RowId, "
        f"{literal(digest[:16])} AS x_FileId) FROM {staged} WHERE NOT ({missing})"
    )
    left_out = unusable + len(places.broken())
    name, version = opened.source.name, reading.version
    return Staged(
        opened.path,
        name,
        version,
        digest,
        usable,
        rows - unusable,
        left_out,
        problems,
        reading.notes,
        told=_told(opened.sample.given),
    )


def _row_of(shape: Shape) -> str:
    """The number of a row: of a charge, the row of the file that it came from; of an event, its own."""
    return "coalesce(x_RowId, file_row_number + 1)" if shape is CHARGE else "file_row_number + 1"


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _told(given: Given) -> str:
    """A name for what a person said about a file; empty for nothing."""
    return "" if given == Given() else hashlib.sha256(repr(given).encode()).hexdigest()[:16]
