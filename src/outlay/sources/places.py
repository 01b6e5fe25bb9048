"""Where a row lies in its file, and what was delivered there: looked up only for rows that are told."""

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outlay.sources.sampling import open_text
from outlay.sources.source import Reading, Sample
from outlay.sources.spans import table

if TYPE_CHECKING:
    import duckdb

# DuckDB counts records, not lines, and calls the header 1.
FIRST = 2


@dataclass(frozen=True, slots=True)
class Places:
    """The rows of one file as `reading` sees them in `relation`; `rejects` holds the lines that are no rows."""

    connection: "duckdb.DuckDBPyConnection"
    sample: Sample
    reading: Reading
    relation: str
    rejects: str

    def of(self, found: dict[int, int | None]) -> dict[int, dict[str, Any]]:
        """File, line and row of charges: their number in the staged file -> their row in the delivered one, if told."""
        rows = {number: number + 1 if row is None else row for number, row in found.items()}
        lines = _lines(self.sample, {row - 1 for row in rows.values()}, self.broken())
        return {n: {"file": self.sample.path.name, "line": lines.get(r - 1), "row": r} for n, r in rows.items()}

    def of_records(self, records: set[int]) -> dict[int, int]:
        """The line of the file on which each record begins, as DuckDB counts them."""
        lines = _lines(self.sample, {r - FIRST for r in records}, None)
        return {r: lines.get(r - FIRST, r) for r in records}

    def of_requests(self, records: set[int]) -> dict[int, int]:
        """The line of a file of JSON lines on which each record stands; empty lines are no records."""
        if self.sample.format != table.JSON or not records:
            return {}
        with open_text(self.sample.path) as stream:
            lines = (number for number, line in enumerate(stream, 1) if line.strip())
            return {record: line for record, line in enumerate(lines, 1) if record in records}

    def values(self, columns: list[str], numbers: list[int]) -> dict[int, list[Any]]:
        """What was delivered in some charges: the SQL `columns` as text, by the number in the staged file."""
        texts = ", ".join(f"CAST({sql} AS VARCHAR)" for sql in columns)
        where = f" WHERE {self.reading.where}" if self.reading.where else ""
        rows = self.connection.execute(
            f"SELECT * FROM (SELECT row_number() OVER () - 1 AS n, {texts or 'NULL'} FROM {self.relation}{where}) "
            f"WHERE n IN ({', '.join(str(n) for n in numbers)})"
        ).fetchall()
        return {row[0]: list(row[1:]) for row in rows}

    def broken(self) -> set[int]:
        """The records (0 is the first after the header) that are no rows; of requests the first is 1."""
        if self.sample.format in table.FORMATS:
            rows = self.connection.execute(f"SELECT record FROM {self.relation} WHERE broken").fetchall()
            return {row[0] for row in rows}
        if self.sample.format != "csv":
            return set()
        rows = self.connection.execute(f"SELECT DISTINCT line FROM {self.rejects}").fetchall()
        return {row[0] - FIRST for row in rows}


def _lines(sample: Sample, rows: set[int], broken: set[int] | None) -> dict[int, int]:
    """The line of the text file on which each row (0 is the first) begins.

    `broken` records and empty lines are not counted; with None every record is.
    """
    found: dict[int, int] = {}
    if sample.format != "csv" or not rows:
        return found
    with open_text(sample.path) as stream:
        reader = csv.reader(stream, delimiter=sample.delimiter)
        next(reader, None)
        row, line = 0, reader.line_num
        for record, fields in enumerate(reader):
            start, line = line + 1, reader.line_num
            if broken is not None and (record in broken or not fields):
                continue
            if row in rows:
                found[row] = start
            row += 1
            if len(found) == len(rows):
                break
    return found
