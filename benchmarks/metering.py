"""Metering: ten million calls priced against libraries and a bare join, priced again, and asked through rollups."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.bills import DATA
from benchmarks.calls import DAYS, calls_file
from benchmarks.measure import Run, in_process

ROWS = 10_000_000
DAILY = 3_333_334
SAMPLE = 5_000
PEERS = Path(__file__).parent.parent / ".peers"

# The same calls by the same prices in floating point, without tiers of context, reasons, repeats or provenance.
BARE_READY = """
import duckdb
connection = duckdb.connect()
connection.execute("SET TimeZone='UTC'")
connection.execute("CREATE TABLE prices AS SELECT * FROM read_parquet({prices!r})")
"""
BARE = """
connection.execute('''COPY (SELECT e.*,
  ((input - cache_read) * p_in + cache_read * p_read + output * p_out) / 1e6 AS cost
  FROM read_parquet({calls!r}) AS e LEFT JOIN prices AS p ON e.provider = p.provider AND e.model = p.model
  AND e.tier = p.tier AND e.time >= p.start AND e.time < p.until AND e.input > p.above AND e.input <= p.upto
  AND (epoch_us(e.time) // 1000000) % 86400 >= p.second AND (epoch_us(e.time) // 1000000) % 86400 < p.until_second)
  TO {out!r} (FORMAT parquet, COMPRESSION zstd)''')
"""
PREPARE = """
from pathlib import Path
from outlay.ledger import store
from outlay.meter.repeats import Repeats
from outlay.sources import staging
from outlay.workspace import Workspace
workspace = Workspace(Path({folder!r}))
scratch = Path({folder!r}) / "scratch"
scratch.mkdir(exist_ok=True)
opened = staging.open_file(Path({calls!r}), workspace.connection)
staged = staging.stage(opened, workspace.connection, scratch)
relation = f"(SELECT *, CAST('d' AS ENUM ('d')) AS x_DeliveryId FROM ({{staged.charges}}))"
workspace.metering
"""
PRICED = """
priced = workspace.metering.price(relation, staged.columns, Repeats())
columns = workspace.metering.written(staged.columns)
store.write_file(workspace.connection, workspace.ledger, "events", priced.relation, "x", columns)
"""
# The table of the bare join: our rates in floating point.
PRICES = (
    PREPARE
    + """
workspace.metering.price(relation, staged.columns, Repeats())
workspace.connection.execute('''COPY (SELECT said_provider AS provider, said_model AS model, said_tier AS tier,
  start, until, second, until_second, above, upto, p_uncached / 1e6 AS p_in, p_cache_read / 1e6 AS p_read,
  p_output / 1e6 AS p_out FROM rates) TO {out!r} (FORMAT parquet)''')
"""
)
LOAD = """
from pathlib import Path
from outlay.workspace import Workspace
Workspace(Path({folder!r})).load([Path(p) for p in {calls!r}])
"""
REPRICE = """
from pathlib import Path
from outlay.workspace import Workspace
found = Workspace(Path({folder!r})).reprice()
print(len(found), sum(r.requests for r in found), sum(r.difference for r in found))
"""
OWN = """source: a correction
recorded: 2026-11-21
prices:
  - {provider: openai, model: gpt-4o-mini, from: 2025-01-01, prices: {input: 0.14, cache_read: 0.07, output: 0.56}}
"""
CUBE = """
import time
from pathlib import Path
from outlay.workspace import Workspace
workspace = Workspace(Path({folder!r}))
sums = "sum(cost), sum(coalesce(requests, 1))"
group = "SELECT {{}} AS model, feature, team, " + sums + " FROM {{}} WHERE {{}} GROUP BY 1, 2, 3"
def ask(name, model, where):
    relation = workspace.relation(name)
    best, rows = 1e9, None
    for _ in range(3):
        started = time.perf_counter()
        rows = workspace.connection.execute(group.format(model, relation, where)).fetchall()
        best = min(best, time.perf_counter() - started)
    return best, sorted(map(str, rows))
raw, first = ask("events", "coalesce(model_id, model)", "counted")
rolled, second = ask("rollup_tenant_day", "model", "true")
print(raw, rolled, first == second, len(first))
"""


def price_ten_million() -> list[str]:
    """Ten million calls with each cost written, against a bare join of the same prices and the per-call libraries.

    As in the join, what is timed begins at an open file and prices that are there.
    """
    calls = calls_file(ROWS)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        prices, out = str(Path(folder) / "prices.parquet"), str(Path(folder) / "bare.parquet")
        in_process(PRICES.format(folder=folder, calls=str(calls), out=prices))
        # One after the other, three times: what else the machine does hits both.
        runs = [
            (
                in_process(BARE.format(calls=str(calls), out=out), BARE_READY.format(prices=prices)),
                in_process(PRICED, PREPARE.format(folder=folder, calls=str(calls))),
            )
            for _ in range(3)
        ]
    bare, ours = _best(r[0] for r in runs), _best(r[1] for r in runs)
    rate = ROWS / ours.wall
    lines = [
        f"bare DuckDB join, each cost written: {bare.wall:.2f} s = {ROWS / bare.wall:,.0f} calls/s",
        f"outlay, each cost written: {ours.wall:.2f} s = {rate:,.0f} calls/s, {ours.peak:.0f} MiB",
        f"  {ours.wall / bare.wall:.2f}x the bare join (goal 1.5x), {ours.cpu / bare.cpu:.2f}x its CPU",
        f"  with start, price book and checks of the file: {ours.whole:.2f} s, {ours.whole / bare.whole:.2f}x",
    ]
    return [*lines, *(_peer(name, rate) for name in ("litellm", "genai_prices"))]


def _best(runs: Iterable[Run]) -> Run:
    return min(runs, key=lambda run: run.wall)


def _peer(name: str, rate: float) -> str:
    """What a library that prices one call at a time does in the same time."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        return f"{name}: not measured; scripts/peers installs it in .peers"
    script = Path(__file__).parent / "peers.py"
    sample = calls_file(SAMPLE)
    done = subprocess.run([python, script, name, sample], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout.strip().splitlines()[-1])
    each = told["calls"] / told["seconds"]
    goal = " (goal 150x)" if name == "litellm" else ""
    said = f"{name} {told['version']}: {each:,.0f} calls/s, {told['unpriced']} of {told['calls']} unpriced"
    return f"{said}; outlay {rate / each:,.0f}x{goal}"


def reprice_ten_million() -> list[str]:
    """A price correction over ten million calls: new costs, the difference of every team, both rates kept."""
    calls = calls_file(ROWS)
    folder = Path(tempfile.mkdtemp(dir=DATA))
    try:
        load = in_process(LOAD.format(folder=str(folder), calls=[str(calls)]))
        (folder / "prices").mkdir()
        (folder / "prices" / "own.yaml").write_text(OWN, encoding="utf-8")
        again = in_process(REPRICE.format(folder=str(folder)))
    finally:
        shutil.rmtree(folder)
    return [
        f"load with rollups by hour and day: {load.wall:.1f} s, {load.peak:.0f} MiB",
        f"reprice, one model of 24, with the difference per team: {again.wall:.1f} s (goal 10 s), {again.peak:.0f} MiB",
    ]


def cube_of_a_hundred_million() -> list[str]:
    """Model x feature x team over 30 days: through the rollup of days, and over the calls themselves."""
    folder = DATA / "hundred-million"
    peak = 0.0
    if not (folder / "ledger" / "journal").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for day in range(DAYS):
            calls = calls_file(DAILY, day)
            peak = max(peak, in_process(LOAD.format(folder=str(folder), calls=[str(calls)])).peak)
            calls.unlink()
    lines = [f"loaded day by day, {DAILY:,} calls each: at most {peak:.0f} MiB"] if peak else []
    run = [sys.executable, "-c", CUBE.format(folder=str(folder))]
    told = subprocess.run(run, capture_output=True, text=True, check=True).stdout.split()
    raw, rolled, cells = float(told[0]), float(told[1]), int(told[3])
    equal = "equal" if told[2] == "True" else "NOT EQUAL"
    return [
        *lines,
        f"over {DAILY * DAYS:,} calls: {raw:.2f} s",
        f"through the rollup of days: {rolled:.2f} s = 1/{raw / rolled:.1f} of it (goal 1/8)",
        f"{cells:,} cells, {equal} to the last digit",
    ]
