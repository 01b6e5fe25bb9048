"""The question asked most: cost by layer and day, over ten million bill rows, against a native DuckDB table."""

from pathlib import Path
from shutil import rmtree

import duckdb

from benchmarks.bills import DATA, parquet_bill
from benchmarks.measure import seconds
from outlay.ledger.query import parse_dimensions
from outlay.views.costs import Question, ask_costs
from outlay.workspace import Workspace

MONTHS = [f"2026-{m:02}" for m in range(1, 11)]
ROWS = 1_000_000


def layer_and_day() -> list[str]:
    """`costs` by layer and day from the ledger, and the same sums from a native table of the same rows."""
    folder = DATA / "ten-million"
    if not (folder / "ledger" / "journal").exists():
        _load(folder)
    workspace = Workspace(folder)
    question = Question(by=parse_dimensions("layer"), step="day")
    costs, live = workspace.relation("costs"), workspace.journal.live()
    answer = ask_costs(workspace.connection, costs, question, live)
    native = DATA / "ten-million.duckdb"
    if not native.exists():
        duckdb.connect(str(native)).execute(f"CREATE TABLE costs AS SELECT * FROM {costs}")
    table = duckdb.connect(str(native), read_only=True)
    table.execute("SET TimeZone='UTC'")
    group = "SELECT x_Layer, date_trunc('day', ChargePeriodStart), sum(EffectiveCost) FROM {} GROUP BY 1, 2"
    peer = seconds(lambda: table.execute(group.format("costs")).fetchall())
    sums = seconds(lambda: workspace.connection.execute(GROUP.format(costs=costs)).fetchall())
    whole = seconds(lambda: ask_costs(workspace.connection, costs, question, live))
    exact = table.execute("SELECT sum(EffectiveCost) FROM costs").fetchall()[0][0]
    return [
        f"native DuckDB table, {answer.charges:,} rows: {peer:.3f} s",
        f"same group-by over the ledger: {sums:.3f} s = {sums / peer:.2f}x (goal 2.5x)",
        f"`costs` with everything it tells: {whole:.3f} s = {whole / peer:.2f}x (goal 1.5 s)",
        f"totals: {'equal' if exact == answer.total else 'DIFFER'} ({answer.total})",
    ]


GROUP = (
    "SELECT x_Layer, strftime(date_trunc('day', ChargePeriodStart AT TIME ZONE 'UTC'), '%Y-%m-%d'), "
    "BillingCurrency, sum(EffectiveCost), count(*) FROM {costs} WHERE x_RecordKind = 'billed' GROUP BY 1, 2, 3"
)


def _load(folder: Path) -> None:
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for month in MONTHS:
        bill = parquet_bill(ROWS, month)
        Workspace(folder).load([bill])
        bill.unlink()
