"""Pages of an API as a table: JSON objects whose `data` holds buckets of time, and these the results to count.

Each result is a row with the columns of its bucket: `results.amount.value`, `start_time`. Numbers of JSON are doubles
and are read as their shortest decimal; texts stay as they are.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import file_name
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError
from outlay.sources.source import Sample

if TYPE_CHECKING:
    import duckdb

ROWS = 50
RESULTS = "results"
MARK = f'"{RESULTS}"'
# Objects inside a bucket or a result are looked into this deep.
DEPTH = 2
# The API's word for a page that is not the last, and the largest page that is read, in bytes.
MORE, LARGEST = "has_more", 64 << 20
# How many objects of a file are no pages, such as the error that an API answers.
NO_PAGES = "outlay_no_pages"


def sample(path: Path, connection: "duckdb.DuckDBPyConnection", compressed: bool) -> tuple[Sample, str]:
    """What a file of pages holds, and the table expression of its results. Raises `InputError` if it has no pages."""
    import duckdb

    kind = literal("gzip" if compressed else "none")
    objects = f"read_json_objects({file_name(path)}, compression={kind}, maximum_object_size={LARGEST})"
    pages = f"SELECT unnest(TRY_CAST(json_extract(json, '$.data') AS JSON[])) AS bucket FROM {objects}"
    results = f"SELECT bucket, unnest(TRY_CAST(json_extract(bucket, '$.{RESULTS}') AS JSON[])) AS result FROM ({pages})"
    try:
        columns = {
            **_columns(connection, f"SELECT bucket AS value FROM ({pages})", "bucket", ""),
            **_columns(connection, f"SELECT result AS value FROM ({results})", "result", f"{RESULTS}."),
        }
        last = f"last(json_extract_string(json, '$.{MORE}'))"
        odd = "count(*) FILTER (WHERE json_type(json_extract(json, '$.data')) IS DISTINCT FROM 'ARRAY')"
        more, no_pages = connection.execute(f"SELECT {last}, {odd} FROM {objects}").fetchall()[0]
    except duckdb.Error as error:
        what = f"not readable as JSON ({str(error).strip().splitlines()[0]})"
        raise InputError("E-FILE-011", what, "the file is damaged or cut; export it again", str(path)) from error
    if not any(name.startswith(f"{RESULTS}.") for name in columns):
        hint = "outlay reads pages of cost APIs: objects with data, and in it buckets with results"
        raise InputError("E-FILE-004", "JSON without a page of results", hint, str(path))
    columns |= {MORE: literal(more), NO_PAGES: literal(str(no_pages))}
    named = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    relation = f"(SELECT {named} FROM ({results}))"
    return Sample(path, tuple(columns), _rows(connection, relation, columns), "json"), relation


def notes(sample: Sample) -> tuple[str, ...]:
    """What is to be said of a file whose last page is not the last of its period, or that holds no pages alone."""
    said = [
        f"{count} of its objects have no data; fetch these pages again" for count in sample.values(NO_PAGES) - {"0"}
    ]
    if "true" in sample.values(MORE):
        said.append("more pages follow its last one; load all pages of a period at once")
    return tuple(f"{sample.path.name}: {what}" for what in said)


def _columns(connection: "duckdb.DuckDBPyConnection", values: str, source: str, prefix: str) -> dict[str, str]:
    """The scalar columns of objects by name, each with its SQL over `source`; objects inside are looked into."""
    found: dict[str, str] = {}
    paths: list[tuple[tuple[str, ...], str]] = [((), values)]
    for _ in range(DEPTH):
        inner: list[tuple[tuple[str, ...], str]] = []
        for path, objects in paths:
            for key, is_object, is_value in _keys(connection, objects):
                there = (*path, key)
                at = "$" + "".join(f".{quoted(k)}" for k in there)
                if is_object:
                    inner.append((there, f"SELECT json_extract(value, '$.{quoted(key)}') AS value FROM ({objects})"))
                if key != RESULTS and (is_value or not is_object):
                    found[prefix + ".".join(there)] = f"json_extract_string({source}, {literal(at)})"
        paths = inner
    return found


def _keys(connection: "duckdb.DuckDBPyConnection", objects: str) -> list[tuple[str, bool, bool]]:
    """The keys of objects in their order, and whether an object or another value ever stands behind one."""
    keys = f"SELECT value, unnest(json_keys(value)) AS key FROM ({objects}) WHERE json_type(value) = 'OBJECT'"
    kinds = f"SELECT key, coalesce(json_type(json_extract(value, '$.\"' || key || '\"')), 'NULL') AS kind FROM ({keys})"
    sql = (
        "SELECT key, bool_or(kind = 'OBJECT'), bool_or(kind NOT IN ('OBJECT', 'NULL')) "
        f"FROM ({kinds}) GROUP BY key ORDER BY key"
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(sql).fetchall()]


def _rows(
    connection: "duckdb.DuckDBPyConnection", relation: str, columns: dict[str, str]
) -> tuple[dict[str, str | None], ...]:
    rows = connection.execute(f"SELECT * FROM {relation} LIMIT {ROWS}").fetchall()
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)
