"""Loading: a csv.gz against zcat, and a million rows of Parquet with every check."""

import subprocess
import tempfile
from pathlib import Path

from benchmarks.bills import csv_bill, parquet_bill
from benchmarks.measure import in_process, seconds

ROWS = 1_000_000

READ = """
from pathlib import Path
from outlay.ledger.engine import connect
from outlay.sources import staging, typed
connection = connect(Path({scratch!r}))
opened = staging.open_file(Path({bill!r}), connection)
reading = opened.source.read(opened.sample, opened.version)
checked = typed.check_columns(connection, reading, opened.relation)
query = typed.select(checked, reading, opened.relation)
{then}
"""
# Every value of the file is typed and goes into a sum or a count; like the bytes of zcat, none is kept.
SUMMED = """
there = [c for c in checked if c.delivered]
sums = [f"sum({c.name})" for c in there if c.column.kind in typed.DECIMALS]
counts = [f"count({c.name})" for c in there]
asked = ", ".join([*sums, *counts, "bit_or(_bad)", "bit_or(_form)"])
print(connection.execute(f"SELECT {asked} FROM ({query})").fetchall())
"""
KEPT = 'connection.execute("CREATE TEMP TABLE typed_rows AS " + query)'
LOAD = """
from pathlib import Path
from outlay.workspace import Workspace
workspace = Workspace(Path({folder!r}))
workspace.load([Path({bill!r})])
{then}
"""
DOCTOR = "workspace.examine()"


def csv_against_zcat() -> list[str]:
    """A gzipped CSV read into typed columns, and loaded whole, against zcat of the same file."""
    bill = csv_bill(ROWS)
    floor = seconds(lambda: subprocess.run(["zcat", str(bill)], stdout=subprocess.DEVNULL, check=True), 3)
    with tempfile.TemporaryDirectory() as folder:
        read = in_process(READ.format(scratch=folder, bill=str(bill), then=SUMMED))
    with tempfile.TemporaryDirectory() as folder:
        kept = in_process(READ.format(scratch=folder, bill=str(bill), then=KEPT))
    with tempfile.TemporaryDirectory() as folder:
        load = in_process(LOAD.format(folder=folder, bill=str(bill), then=""))
    return [
        f"zcat of {bill.stat().st_size / 1e6:.0f} MB: {floor:.2f} s",
        f"every column typed, summed: {read.wall:.2f} s = {read.wall / floor:.2f}x zcat (goal 2x), {read.peak:.0f} MiB",
        f"the same kept as a table: {kept.wall:.2f} s = {kept.wall / floor:.2f}x zcat, {kept.peak:.0f} MiB",
        f"whole load: {load.wall:.2f} s = {load.wall / floor:.2f}x zcat, {load.peak:.0f} MiB",
    ]


def load_a_million() -> list[str]:
    """A million FOCUS rows of Parquet loaded, derived, committed and checked."""
    bill = parquet_bill(ROWS)
    with tempfile.TemporaryDirectory() as folder:
        load = in_process(LOAD.format(folder=folder, bill=str(bill), then=""))
    with tempfile.TemporaryDirectory() as folder:
        both = in_process(LOAD.format(folder=folder, bill=str(bill), then=DOCTOR))
        size = sum(f.stat().st_size for f in Path(folder).rglob("*.parquet"))
    return [
        f"load of {ROWS:,} rows: {load.wall:.1f} s, {load.peak:.0f} MiB, {size / 1e6:.0f} MB of ledger",
        f"load and all invariants: {both.wall:.1f} s (goal 20 s), {both.peak:.0f} MiB (goal 2048)",
    ]
