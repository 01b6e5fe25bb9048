"""Write costs as a FOCUS file of a version, as CSV, csv.gz or Parquet."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.tables import DERIVED, DIMENSION_COLUMNS
from outlay.model.charge import Column, columns_of, literal, quoted
from outlay.model.problem import InputError, first_line

if TYPE_CHECKING:
    import duckdb

VERSIONS = ("1.2", "1.3", "1.4")
FORMATS = {
    ".parquet": "FORMAT parquet, COMPRESSION zstd",
    ".csv.gz": "FORMAT csv, HEADER, COMPRESSION gzip",
    ".csv": "FORMAT csv, HEADER",
}
# Columns of ours that follow the FOCUS columns: what a reader of the file may group by, and the other two costs.
OURS: tuple[Column, ...] = (
    Column("x_RecordKind", "text"),
    Column("x_MeteredCost", "money"),
    Column("x_PlannedCost", "money"),
    *DIMENSION_COLUMNS,
    *(c for c in DERIVED if c.name in ("x_GpuType", "x_GpuCount", "x_Confidence", "x_AttributionSource")),
    Column("x_Extra", "json"),
)
# The three names that 1.2 and 1.3 want of every row, where an earlier or later version gave one.
FILLED = {
    "ProviderName": "coalesce(ProviderName, ServiceProviderName)",
    "PublisherName": "coalesce(PublisherName, ProviderName, ServiceProviderName)",
    "ServiceProviderName": "coalesce(ServiceProviderName, ProviderName)",
}


def export(connection: "duckdb.DuckDBPyConnection", costs: str, version: str, path: Path) -> int:
    """Write the relation `costs` to `path` as FOCUS `version`; returns the number of rows. Raises `InputError`."""
    import duckdb

    if version not in VERSIONS:
        raise InputError("E-EXPORT-001", f"FOCUS {version} is not written", f"known: {', '.join(VERSIONS)}")
    suffix = next((s for s in FORMATS if path.name.lower().endswith(s)), None)
    if suffix is None:
        raise InputError("E-EXPORT-002", f"{path.name}: no such file format", f"end it in {', '.join(FORMATS)}")
    as_text = suffix != ".parquet"
    columns = ", ".join(_value(c, as_text) for c in (*columns_of(version), *OURS))
    query = f"SELECT {columns} FROM {costs} ORDER BY x_DeliveryId, x_FileId, x_RowId, AllocatedResourceId"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        copied = connection.execute(f"COPY ({query}) TO {literal(str(path))} ({FORMATS[suffix]})").fetchall()
    except (OSError, duckdb.IOException) as error:
        what = f"the file cannot be written: {first_line(error)}"
        raise InputError("E-EXPORT-003", what, "name a file in a folder that you may write", str(path)) from error
    return int(copied[0][0])


def _value(column: Column, as_text: bool) -> str:
    """A column as FOCUS writes it: plain decimals, times in UTC with a Z, empty for null."""
    name = quoted(column.name)
    sql = FILLED.get(column.name, name)
    if column.kind == "time":
        sql = f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    elif as_text and column.kind in ("money", "price", "quantity"):
        digits = f"rtrim(CAST({name} AS VARCHAR), '0')"
        sql = f"CASE WHEN ends_with({digits}, '.') THEN {digits} || '0' ELSE {digits} END"
    return f"{sql} AS {name}"
