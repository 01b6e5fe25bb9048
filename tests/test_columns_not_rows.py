"""A load works on columns: its CPU time stays within a fixed ratio of DuckDB's own for the same bytes."""

import time
from pathlib import Path

import duckdb
from benchmarks.bills import rows_of

from outlay.workspace import Workspace

ROWS = 1_000_000
# DuckDB reads the bill and writes it as Parquet twice, as charges and as costs. Deriving, checking and committing come
# on top: measured at 2 times that. A loop over charges in Python would cost 30 times as much.
RATIO = 5


def test_a_million_rows_load_at_the_speed_of_columns(tmp_path: Path) -> None:
    bill = tmp_path / "bill.parquet"
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    connection.execute(f"COPY ({rows_of(ROWS, '2026-08')}) TO '{bill}' (FORMAT parquet, COMPRESSION snappy)")
    started = time.process_time()
    for name in ("charges", "costs"):
        copy = f"COPY (SELECT * FROM '{bill}') TO '{tmp_path / name}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        connection.execute(copy)
    bare = time.process_time() - started
    folder = tmp_path / "workspace"
    folder.mkdir()
    started = time.process_time()
    result = Workspace(folder).load([bill])
    loaded = time.process_time() - started
    assert sum(d.entry.rows for d in result.deliveries) == ROWS
    assert loaded < RATIO * bare, f"{loaded:.1f} s of CPU against {bare:.1f} s of bare DuckDB"
