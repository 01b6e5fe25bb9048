"""The engine: DuckDB in memory, one connection per process, over lists of Parquet files."""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.model.charge import literal

if TYPE_CHECKING:
    import duckdb

DEFAULT_MEMORY = "1500MB"

# Money arrives as text with up to 28 decimals (Azure) and is kept with 12. A tie goes to the even digit, so that
# rounding has no direction; DuckDB's own cast rounds ties away from zero. An amount of 10^10 or more leaves room for 20
# decimals of DuckDB's 38 digits, one of 10^18 or more is no number: sums of such would not fit.
MACROS = """
CREATE OR REPLACE TEMP MACRO is_long(t) AS
  (strpos(t, '.') > 0 AND length(t) - strpos(t, '.') > 12) OR strpos(t, 'e') > 0 OR strpos(t, 'E') > 0;
CREATE OR REPLACE TEMP MACRO exact(t) AS TRY_CAST(t AS DECIMAL(38,28));
CREATE OR REPLACE TEMP MACRO large(t) AS TRY_CAST(t AS DECIMAL(38,20));
CREATE OR REPLACE TEMP MACRO half_even(x) AS CAST(x AS DECIMAL(38,12)) - CASE
  WHEN abs(x - CAST(x AS DECIMAL(38,12))) = 0.0000000000005
   AND right(CAST(CAST(x AS DECIMAL(38,12)) AS VARCHAR), 1) IN ('1', '3', '5', '7', '9')
  THEN CASE WHEN x < 0 THEN -0.000000000001 ELSE 0.000000000001 END ELSE 0 END;
CREATE OR REPLACE TEMP MACRO money(t) AS CASE
  WHEN NOT is_long(t) THEN CAST(TRY_CAST(t AS DECIMAL(30,12)) AS DECIMAL(38,12))
  WHEN exact(t) IS NOT NULL THEN CAST(half_even(exact(t)) AS DECIMAL(38,12))
  ELSE CAST(half_even(large(t)) AS DECIMAL(38,12)) END;
CREATE OR REPLACE TEMP MACRO rounding(t) AS CASE
  WHEN is_long(t) AND exact(t) IS NOT NULL
  THEN CAST(exact(t) - CAST(half_even(exact(t)) AS DECIMAL(38,12)) AS DECIMAL(38,28))
  WHEN is_long(t) AND large(t) IS NOT NULL
  THEN CAST(large(t) - CAST(half_even(large(t)) AS DECIMAL(38,12)) AS DECIMAL(38,28))
  ELSE CAST(0 AS DECIMAL(38,28)) END;
"""


def connect(scratch: Path | None = None) -> "duckdb.DuckDBPyConnection":
    """A DuckDB connection with the settings that every part of outlay relies on.

    Sessions run in UTC. Memory is bounded (`OUTLAY_MEMORY`, default 1500MB) and spills to `scratch`.
    """
    import duckdb

    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone='UTC'")
    connection.execute(f"SET memory_limit={literal(os.environ.get('OUTLAY_MEMORY', DEFAULT_MEMORY))}")
    connection.execute("SET enable_progress_bar=false")
    if scratch is not None:
        connection.execute(f"SET temp_directory={literal(str(scratch))}")
    connection.execute(MACROS)
    return connection


def statement(package: str, name: str) -> str:
    """The text of an SQL file that lies beside the code of `package`."""
    return files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def file_name(path: Path | str) -> str:
    """A path as an SQL literal that names this file, although `*`, `?` and `[` of a name mean more to DuckDB."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in str(path)))


def parquet(paths: "list[str] | list[Path]", *, row_numbers: bool = False) -> str:
    """The one way to read Parquet: a table expression over a list of files."""
    names = ", ".join(file_name(p) for p in paths)
    extra = ", file_row_number=true" if row_numbers else ""
    return f"read_parquet([{names}], hive_partitioning=false, union_by_name=true{extra})"
