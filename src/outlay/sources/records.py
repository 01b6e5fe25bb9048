"""Records of JSON as a table with one column `json`: lines of objects, an array of them, or the `data` of one object.

A source names the paths that it wants; each record is parsed once for all of them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError, first_line
from outlay.sources.source import FIRST_ROWS, Sample
from outlay.sources.table import Table, text_table

if TYPE_CHECKING:
    import duckdb

# Objects inside a record are looked into this deep for its columns; a larger record is no record of a call.
DEPTH, LARGEST = 5, 64 << 20
DATA = "data"


def sample(path: Path, connection: "duckdb.DuckDBPyConnection", compressed: bool) -> Sample:
    """What a file of JSON records holds. Raises `InputError`."""
    import duckdb

    options = {"maximum_object_size": str(LARGEST), "ignore_errors": "true"}
    table = text_table("read_json_objects", path, compressed, **options).inside("(SELECT json FROM {table})")
    try:
        table, first = _read(connection, table)
        if sum(isinstance(page, dict) and isinstance(page.get(DATA), list) for page in first) * 2 > len(first):
            # An object without data between pages is a record that cannot be read.
            listed = f"coalesce(TRY_CAST(json_extract(json, '$.{DATA}') AS JSON[]), [NULL])"
            table = table.inside(f"(SELECT unnest({listed}) AS json FROM {{table}})")
            first = _first(connection, table)
    except duckdb.Error as error:
        what = f"not readable as JSON ({first_line(error)})"
        raise InputError("E-FILE-011", what, "the file is damaged or cut; export it again", str(path)) from error
    rows = tuple(dict(_flat(record, "")) for record in first if isinstance(record, dict))
    if not rows:
        hint = "outlay reads JSON lines, arrays of objects, and pages of APIs"
        raise InputError("E-FILE-004", "JSON without a record", hint, str(path))
    columns = dict.fromkeys(name for row in rows for name in row)
    return Sample(path, tuple(columns), rows, "json", table=table)


def _read(connection: "duckdb.DuckDBPyConnection", table: Table) -> tuple[Table, list[Any]]:
    """The first records, and the table that reads them: a line that is broken is one record less, not the file."""
    import duckdb

    try:
        return table, _first(connection, table)
    except duckdb.Error:
        lines = table.having(format="'newline_delimited'")
        first = _first(connection, lines)
        if len(first) < 2 or not all(isinstance(record, dict) for record in first):
            raise
        return lines, first


def _first(connection: "duckdb.DuckDBPyConnection", table: Table) -> list[Any]:
    rows = connection.execute(f"SELECT CAST(json AS VARCHAR) FROM {table.sql} LIMIT {FIRST_ROWS}").fetchall()
    return [json.loads(row[0]) for row in rows if row[0]]


def _flat(record: Mapping[str, Any], prefix: str, depth: int = DEPTH) -> Iterator[tuple[str, str | None]]:
    """The scalars of a record by dotted path; a list is a text of JSON."""
    for key, value in record.items():
        if isinstance(value, dict) and depth > 1:
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        elif value is None or isinstance(value, str):
            yield prefix + key, value
        else:
            yield prefix + key, json.dumps(value)


def fields(sample: Sample, paths: Mapping[str, str], opened: Sequence[str] = ()) -> str:
    """A relation over `{raw}`: a text column for each JSON path, and the record itself as `json`.

    A table whose cells hold JSON is read in the same way: a path goes from the column into the cell. The keys `opened`
    may hold a text of JSON in the place of an object.
    """
    listed = ", ".join(literal(path) for path in paths.values())
    named = ", ".join(f"_found[{i}] AS {quoted(name)}" for i, name in enumerate(paths, 1))
    record = f"(SELECT x_RowId, {as_json(sample)} AS json FROM {{raw}})"
    for key in opened:
        record = f"(SELECT x_RowId, {_opened(key)} AS json FROM {record})"
    return (
        f"(SELECT x_RowId, json, {named} "
        f"FROM (SELECT x_RowId, json, json_extract_string(json, [{listed}]) AS _found FROM {record}))"
    )


def _opened(key: str) -> str:
    """A record with the text of JSON behind a key made an object."""
    text = f"json_extract_string(json, {literal('$.' + key)})"
    holds = f"json_type(json, {literal('$.' + key)}) = 'VARCHAR' AND json_valid({text})"
    patch = f"json_merge_patch(json, json_object({literal(key)}, CAST({text} AS JSON)))"
    return f"CASE WHEN {holds} THEN {patch} ELSE json END"


def as_json(sample: Sample) -> str:
    """A row as one JSON object, whatever the format of its file: a part of the relation of a reading."""
    if sample.format == "json":
        return "json"
    pairs = ", ".join(f"{escaped(literal(c))}, {_cell(sample, c)}" for c in sample.columns)
    return f"json_object({pairs})"


def _cell(sample: Sample, column: str) -> str:
    name = escaped(quoted(column))
    if sample.format == "parquet":
        return f"to_json({name})"
    return f"CASE WHEN {name} LIKE '{{{{%' AND json_valid({name}) THEN CAST({name} AS JSON) ELSE to_json({name}) END"


def escaped(sql: str) -> str:
    """SQL whose braces stay where `{raw}` is filled in."""
    return sql.replace("{", "{{").replace("}", "}}")
