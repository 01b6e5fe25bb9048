"""Pages of an API as a table: JSON objects whose `data` holds buckets of time, and these the results to count.

Each result is a row with the columns of its bucket: `results.amount.value`, `start_time`. Numbers of JSON are doubles
and are read as their shortest decimal; texts stay as they are.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError, first_line
from outlay.sources.source import FIRST_ROWS, Sample
from outlay.sources.table import HERE, Table, text_table
from outlay.sources.texts import moment

if TYPE_CHECKING:
    import duckdb

RESULTS = "results"
MARK = f'"{RESULTS}"'
KIND = f"{RESULTS}.object"
# The largest page that is read, in bytes.
LARGEST = 64 << 20
# What is said of a file as a whole, as columns of it: whether the API has more pages, how many objects are no pages
# (such as the error that it answers), when the first bucket begins and when the last one ends.
MORE, NO_PAGES, FIRST, LAST = "has_more", "outlay_no_pages", "outlay_first", "outlay_last"
STARTS, ENDS = ("start_time", "starting_at"), ("end_time", "ending_at")

DATA = "TRY_CAST(json_extract(json, '$.data') AS JSON[])"
LISTED = f"TRY_CAST(json_extract(bucket, '$.{RESULTS}') AS JSON[])"
BUCKETS = f"SELECT unnest({DATA}) AS bucket FROM {HERE}"
ROWS = f"SELECT bucket, unnest({LISTED}) AS result FROM ({BUCKETS})"


def sample(path: Path, connection: "duckdb.DuckDBPyConnection", compressed: bool) -> Sample:
    """What a file of pages holds. Raises `InputError` if it has no pages, or no result in them."""
    import duckdb

    objects = text_table("read_json_objects", path, compressed, maximum_object_size=str(LARGEST))
    try:
        columns = _columns(connection, objects)
        whole, buckets, listing = _whole(connection, objects)
    except duckdb.Error as error:
        what = f"not readable as JSON ({first_line(error)})"
        raise InputError("E-FILE-011", what, "the file is damaged or cut; export it again", str(path)) from error
    if not any(name.startswith(f"{RESULTS}.") for name in columns):
        if buckets and buckets == listing:
            what, hint = "pages without a result", "nothing was used or charged in their days; leave it out"
            raise InputError("E-FILE-009", what, hint, str(path))
        hint = "outlay reads pages of cost APIs: objects with data, and in it buckets with results"
        raise InputError("E-FILE-004", "JSON without a page of results", hint, str(path))
    columns |= {name: literal(value) for name, value in whole.items()}
    named = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in columns.items())
    table = objects.inside(f"(SELECT {named} FROM ({ROWS}))")
    return Sample(path, tuple(columns), _first(connection, table, columns), "json", table=table)


def notes(sample: Sample) -> tuple[str, ...]:
    """What is to be said of a file that holds no pages alone, or that pages follow which the load does not have."""
    said = [
        f"{count} of its objects have no data; fetch these pages again" for count in sample.values(NO_PAGES) - {"0"}
    ]
    followed = any(sample.values(LAST) & other.values(FIRST) for other in sample.beside)
    if "true" in sample.values(MORE) and not followed:
        said.append("more pages follow its last one; load all pages of a period at once")
    return tuple(f"{sample.path.name}: {what}" for what in said)


def overlaps(sample: Sample) -> tuple[str, ...]:
    """What is to be said of a file whose buckets lie within others, such as hours within their day."""
    reached: dict[str, float] = {}
    for kind, start, end in sorted({bucket for one in (sample, *sample.beside) for bucket in _buckets(one)}):
        if start < reached.get(kind, start):
            return (f"{sample.path.name}: buckets of several widths overlap and all count; load those of one width",)
        reached[kind] = max(end, reached.get(kind, end))
    return ()


def _buckets(sample: Sample) -> set[tuple[str, float, float]]:
    """The buckets of a file: what they count, and when they begin and end in seconds since 1970."""
    if sample.query is None:
        return set()
    start, end = (f"epoch(TRY_CAST({moment(sample.sql(*names))} AS TIMESTAMPTZ))" for names in (STARTS, ENDS))
    rows = sample.query(f"SELECT DISTINCT {sample.sql(KIND)}, {start}, {end} FROM {{raw}}")
    return {(str(kind), float(str(a)), float(str(b))) for kind, a, b in rows if a is not None and b is not None}


def _columns(connection: "duckdb.DuckDBPyConnection", objects: Table) -> dict[str, str]:
    """The scalars of buckets, of their results, and of the objects right inside them: by name, each with its SQL."""
    results = f"[{{'part': 'result', 'whole': r}} FOR r IN coalesce({LISTED}, [])]"
    parts = f"SELECT unnest(list_prepend({{'part': 'bucket', 'whole': bucket}}, {results})) AS p FROM ({BUCKETS})"
    keys = (
        "SELECT p.part AS part, p.whole AS whole, unnest(json_keys(p.whole)) AS key "
        f"FROM ({parts}) WHERE json_type(p.whole) = 'OBJECT'"
    )
    found = f"SELECT part, key, json_extract(whole, {_pointer_to('key')}) AS value FROM ({keys})"
    inner = "CASE WHEN json_type(value) = 'OBJECT' THEN list_prepend(NULL, json_keys(value)) ELSE [NULL] END"
    deeper = f"SELECT part, key, value, unnest({inner}) AS inside FROM ({found})"
    there = f"CASE WHEN inside IS NULL THEN value ELSE json_extract(value, {_pointer_to('inside')}) END"
    kinds = f"SELECT part, key, inside, coalesce(json_type({there}), 'NULL') AS kind FROM ({deeper})"
    sql = (
        f"SELECT part, key, inside FROM ({kinds}) WHERE {literal(RESULTS)} NOT IN (key, coalesce(inside, '')) "
        "GROUP BY ALL HAVING bool_or(kind NOT IN ('OBJECT', 'NULL')) OR NOT bool_or(kind = 'OBJECT') ORDER BY ALL"
    )
    columns = {}
    for part, *path in connection.execute(objects.inside(sql).sql).fetchall():
        names = [name for name in path if name is not None]
        label = ".".join([*([RESULTS] if part == "result" else []), *names])
        columns[label] = f"json_extract_string({part}, {literal(_pointer(names))})"
    return columns


def _pointer(names: list[str]) -> str:
    """The JSON pointer to a value behind some keys, whatever signs they hold (RFC 6901: `~` is `~0`, `/` is `~1`)."""
    return "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in names)


def _pointer_to(key: str) -> str:
    """The same as SQL, for a key that a column holds."""
    return f"'/' || replace(replace({key}, '~', '~0'), '/', '~1')"


def _whole(connection: "duckdb.DuckDBPyConnection", objects: Table) -> tuple[dict[str, str | None], int, int]:
    """What is said of the file as a whole, how many buckets it has, and how many of them have a list of results."""
    starts, ends = (f"[coalesce({', '.join(f'b->>{literal(n)}' for n in ns)}) FOR b IN data]" for ns in (STARTS, ENDS))
    listing = f"[b FOR b IN data IF json_type(b->'{RESULTS}') = 'ARRAY']"
    data = f"SELECT json, coalesce({DATA}, []) AS data FROM {HERE}"
    sql = (
        f"SELECT last(json_extract_string(json, '$.{MORE}')), "
        "CAST(count(*) FILTER (WHERE json_type(json_extract(json, '$.data')) IS DISTINCT FROM 'ARRAY') AS VARCHAR), "
        f"min(list_min({starts})), max(list_max({ends})), sum(len(data)), sum(len({listing})) FROM ({data})"
    )
    *said, buckets, having = connection.execute(objects.inside(sql).sql).fetchall()[0]
    return dict(zip((MORE, NO_PAGES, FIRST, LAST), said, strict=True)), int(buckets or 0), int(having or 0)


def _first(
    connection: "duckdb.DuckDBPyConnection", table: Table, columns: Mapping[str, str]
) -> tuple[dict[str, str | None], ...]:
    rows = connection.execute(f"SELECT * FROM {table.sql} LIMIT {FIRST_ROWS}").fetchall()
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)
