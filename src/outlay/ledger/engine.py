"""The engine: DuckDB in memory, one connection per process, over lists of Parquet files."""

import os
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.model.charge import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

DEFAULT_MEMORY = "1500MB"

# Money arrives as text with up to 28 decimals (Azure) and is kept with 12. A tie goes to the even digit, so that
# rounding has no direction; DuckDB's own cast rounds ties away from zero. The digits beyond the twelfth are read on
# their own: the whole number has no room for 28 decimals above ten thousand million. An amount of 10^18 or more is no
# number: sums of such would not fit. DuckDB would read 1_000 as a number; no bill means that.
MACROS = """
CREATE OR REPLACE TEMP MACRO is_long(t) AS strpos(t, '.') > 0 AND length(t) - strpos(t, '.') > 12;
CREATE OR REPLACE TEMP MACRO has_exponent(t) AS strpos(t, 'e') > 0 OR strpos(t, 'E') > 0;
CREATE OR REPLACE TEMP MACRO exact(t) AS TRY_CAST(t AS DECIMAL(38,28));
CREATE OR REPLACE TEMP MACRO number(t) AS CASE WHEN NOT contains(t, '_') THEN TRY_CAST(t AS DECIMAL(38,12)) END;
CREATE OR REPLACE TEMP MACRO plain(t) AS CAST(exact(t) AS VARCHAR);
CREATE OR REPLACE TEMP MACRO kept(t) AS left(t, strpos(t, '.') + 12);
CREATE OR REPLACE TEMP MACRO beyond(t) AS
  TRY_CAST('0.000000000000' || substr(t, strpos(t, '.') + 13) AS DECIMAL(38,28));
CREATE OR REPLACE TEMP MACRO sign_of(t) AS CASE WHEN starts_with(ltrim(t), '-') THEN -1 ELSE 1 END;
CREATE OR REPLACE TEMP MACRO carried(t) AS CASE
  WHEN beyond(t) + CASE WHEN contains('13579', right(kept(t), 1))
    THEN 0.0000000000000000000000000001 ELSE 0 END > 0.0000000000005 THEN 0.000000000001 ELSE 0 END;
CREATE OR REPLACE TEMP MACRO long_money(t) AS TRY_CAST(kept(t) AS DECIMAL(30,12)) + sign_of(t) * carried(t);
CREATE OR REPLACE TEMP MACRO long_rounding(t) AS sign_of(t) * (beyond(t) - carried(t));
CREATE OR REPLACE TEMP MACRO money(t) AS CAST(CASE
  WHEN contains(t, '_') THEN NULL
  WHEN has_exponent(t) THEN coalesce(long_money(plain(t)), TRY_CAST(t AS DECIMAL(30,12)))
  WHEN is_long(t) THEN CASE WHEN beyond(t) IS NOT NULL THEN long_money(t) END
  ELSE TRY_CAST(t AS DECIMAL(30,12)) END AS DECIMAL(38,12));
CREATE OR REPLACE TEMP MACRO rounding(t) AS CAST(CASE
  WHEN contains(t, '_') THEN 0
  WHEN has_exponent(t) THEN coalesce(long_rounding(plain(t)), 0)
  WHEN is_long(t) THEN long_rounding(t) ELSE 0 END AS DECIMAL(38,28));
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
    # A share of nothing is unknown, not infinite.
    connection.execute("SET ieee_floating_point_ops=false")
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


def parquet(paths: "Sequence[str | Path]", *, row_numbers: bool = False) -> str:
    """The one way to read Parquet: a table expression over a list of files."""
    names = ", ".join(file_name(p) for p in paths)
    extra = ", file_row_number=true" if row_numbers else ""
    return f"read_parquet([{names}], hive_partitioning=false, union_by_name=true{extra})"
