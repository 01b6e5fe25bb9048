"""OTLP traces as a table: one row per span, with its ids, times, status, size, and a column for each known attribute.

A file holds export requests in JSON (one on each line, an array, or a single one) or in protobuf, which is turned into
the first. Attributes of a resource stand behind those of its spans. Other attributes, events and names of spans are
not read: they may hold what people asked and were answered.
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import file_name
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError, first_line
from outlay.sources.source import FIRST_ROWS, Sample
from outlay.sources.spans import names
from outlay.sources.table import Table

if TYPE_CHECKING:
    import duckdb

JSON, PROTOBUF = FORMATS = ("otlp-json", "otlp-protobuf")
MARKS = ('"resourceSpans"', '"resource_spans"')
# The largest request in bytes; those of a Collector have some thousand spans. Memory goes with it, so that a file is
# read with room for large ones only if it has one.
USUAL, LARGEST = 8 << 20, 32 << 20
# A span of so many bytes is told. Its size is a field of ours where the file was turned from another form.
LARGE, SIZE = 1 << 20, "outlaySize"
# The fields of OTLP that are read. A file that spells them in snake_case has the same SQL, spelt so.
VALUE = (
    "STRUCT(stringValue VARCHAR, intValue VARCHAR, doubleValue VARCHAR, boolValue VARCHAR, arrayValue VARCHAR, "
    "kvlistValue VARCHAR, bytesValue VARCHAR)"
)
ATTRIBUTES = f'STRUCT("key" VARCHAR, "value" {VALUE})[]'
SPAN = (
    "STRUCT(traceId VARCHAR, spanId VARCHAR, parentSpanId VARCHAR, startTimeUnixNano VARCHAR, endTimeUnixNano VARCHAR, "
    f"{SIZE} VARCHAR, status STRUCT(code VARCHAR), attributes {ATTRIBUTES}, events JSON)"
)
REQUEST = f"STRUCT(resource STRUCT(attributes {ATTRIBUTES}), scopeSpans STRUCT(spans {SPAN}[])[])[]"
# A record that is no request at all has one span, which is NULL; so do those of other signals, which are not `broken`.
NONE = f"""CAST(CAST('[{{"resource": null, "scopeSpans": [{{"spans": [null]}}]}}]' AS JSON) AS {REQUEST})"""
REQUESTS = f"""
SELECT row_number() OVER () AS record, coalesce(resourceSpans, {NONE}) AS found,
  resourceSpans IS NULL AND resourceMetrics IS NULL AND resourceLogs IS NULL AS broken
FROM read_json(<file>, format='auto', ignore_errors=true, maximum_object_size=<largest>,
  columns={{resourceSpans: '{REQUEST}', resourceMetrics: 'JSON', resourceLogs: 'JSON'}})"""
KEYS = "list_transform({}.attributes, lambda a: a.key)"
# A list is its members, with commas between.
LIST = "array_to_string(json_extract_string(v.arrayValue, '$.values[*].*'), ',')"
TEXT = (
    "coalesce(v.stringValue, v.intValue, v.doubleValue, v.boolValue, "
    f"CASE WHEN json_valid(v.arrayValue) THEN coalesce({LIST}, '') ELSE v.arrayValue END, v.kvlistValue, v.bytesValue)"
)
VALUES = f"list_transform(list_transform({{}}.attributes, lambda a: a.value), lambda v: {TEXT})"
FLAT = f"""
SELECT record, broken, resource_keys, resource_values, unnest(scope.spans) AS span
FROM (SELECT record, broken, {KEYS.format("r.resource")} AS resource_keys,
    {VALUES.format("r.resource")} AS resource_values, unnest(r.scopeSpans) AS scope
  FROM (SELECT record, broken, unnest(found) AS r FROM ({REQUESTS})))"""
LENGTHS = "list_sum(list_transform(span.attributes, lambda a: strlen(a.value.stringValue)))"
SPANS = f"""
SELECT record, broken, <trace> AS trace_id, <span> AS span_id, <parent> AS parent_id,
  span.startTimeUnixNano AS start_ns, span.endTimeUnixNano AS end_ns, span.status.code AS status_code,
  coalesce(TRY_CAST(span.{SIZE} AS BIGINT), coalesce({LENGTHS}, 0) + coalesce(strlen(span.events), 0)) AS size,
  list_concat({KEYS.format("span")}, resource_keys) AS _keys,
  list_concat({VALUES.format("span")}, resource_values) AS _values
FROM ({FLAT}) WHERE broken OR span IS NOT NULL"""
PRESENT = f"SELECT DISTINCT unnest(list_concat({KEYS.format('span')}, resource_keys)) FROM ({FLAT})"
# Ids are hex; some writers put them in base 64, which has these lengths.
IDS = {"<trace>": ("traceId", 24), "<span>": ("spanId", 12), "<parent>": ("parentSpanId", 12)}


def is_json(head: str) -> bool:
    """Whether the beginning of a JSON file is one of traces."""
    return any(mark in head for mark in MARKS)


def is_snake(head: str) -> bool:
    """Whether such a file spells its fields in snake_case."""
    return MARKS[0] not in head


def sample(path: Path, connection: "duckdb.DuckDBPyConnection", *, snake: bool = False) -> Sample:
    """What a JSON file of traces holds, a row for each span. Raises `InputError`."""
    import duckdb

    try:
        try:
            relation = _relation(path, connection, snake, USUAL)
        except duckdb.InvalidInputException:
            relation = _relation(path, connection, snake, LARGEST)
        return _first(path, connection, relation, JSON)
    except duckdb.Error as error:
        what = f"not readable as OTLP ({first_line(error)[:200]})"
        hint = f"the file is damaged or cut, or a request is larger than {LARGEST >> 20} MB; write it again"
        raise InputError("E-FILE-011", what, hint, str(path)) from error


def converted(path: Path, connection: "duckdb.DuckDBPyConnection", write: Callable[[Path], None]) -> Sample:
    """The same for a file of another form, whose requests `write` puts into a file of JSON lines."""
    given = connection.execute("SELECT current_setting('temp_directory')").fetchall()[0][0]
    with tempfile.TemporaryDirectory(prefix="spans_", dir=given if given and Path(given).is_dir() else None) as scratch:
        lines = Path(scratch) / "requests.jsonl"
        write(lines)
        table = quoted(Path(scratch).name)
        relation = _relation(lines, connection, snake=False, largest=USUAL)
        connection.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {relation}")
    return _first(path, connection, f"(SELECT * FROM {table})", PROTOBUF)


def _first(path: Path, connection: "duckdb.DuckDBPyConnection", relation: str, form: str) -> Sample:
    found = connection.execute(f"SELECT * FROM {relation} LIMIT {FIRST_ROWS}")
    columns = tuple(column[0] for column in found.description or ())
    rows = tuple(
        {c: None if v is None else str(v) for c, v in zip(columns, row, strict=True)} for row in found.fetchall()
    )
    return Sample(path, columns, rows, form, table=Table(around=relation))


def _relation(path: Path, connection: "duckdb.DuckDBPyConnection", snake: bool, largest: int) -> str:
    """The spans of a JSON file with the known attributes that any of them has."""
    present = {row[0] for row in connection.execute(_spelt(PRESENT, path, snake, largest)).fetchall()}
    named = [name for name in names.known() if name in present]
    columns = "".join(f", _values[list_position(_keys, {literal(name)})] AS {quoted(name)}" for name in named)
    return f"(SELECT * EXCLUDE (_keys, _values){columns} FROM ({_spelt(SPANS, path, snake, largest)}))"


def _spelt(sql: str, path: Path, snake: bool, largest: int) -> str:
    """SQL over the fields of OTLP, with their names as this file spells them."""
    for mark, (field, base64) in IDS.items():
        name = f"span.{field}"
        hexed = f"lower(hex(TRY(from_base64({name}))))"
        sql = sql.replace(mark, f"CASE WHEN length({name}) = {base64} THEN {hexed} ELSE nullif(lower({name}), '') END")
    if snake:
        sql = re.sub(r"(?<=[a-z])([A-Z])(?=[a-z])", lambda m: "_" + m[1].lower(), sql)
    return sql.replace("<largest>", str(largest)).replace("<file>", file_name(path))
