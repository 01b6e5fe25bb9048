"""`outlay export` and `query`: data out, and questions of one's own."""

import math
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from outlay.cli.no_match import why_nothing
from outlay.cli.options import AsOfOption, FormatOption, RangeOption, WhereOption, WorkspaceOption, prepare, reported
from outlay.cli.output import Table, emit, exact

EXPORT_HELP = """Write costs as a FOCUS file: .csv, .csv.gz or .parquet, with our columns after those of FOCUS.

Examples:

  outlay export --focus 1.3 costs.parquet

  outlay export --range 2026-10 --where team:search october.csv.gz
"""
QUERY_HELP = """Run one SELECT over the tables of the ledger: charges, costs, journal, problems, events, rollup_hour,
rollup_tenant_day, prices, outcomes and quality.

Examples:

  outlay query "SELECT x_Layer, sum(EffectiveCost) FROM costs GROUP BY 1"

  outlay query --format csv "SELECT * FROM journal ORDER BY recorded_at"
"""
SHOWN = ("charges", "costs", "events", "rollup_hour", "rollup_tenant_day", "outcomes", "quality")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("export", help=EXPORT_HELP)(export)
    app.command("query", help=QUERY_HELP)(query)


@reported
def export(
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    focus: Annotated[str, typer.Option("--focus", help="The FOCUS version: 1.2, 1.3 or 1.4.")] = "1.3",
    range: RangeOption = "all",
    where: WhereOption = "",
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Write costs as a FOCUS file."""
    from datetime import UTC, datetime

    from outlay.ledger.export import export as write
    from outlay.ledger.query import Condition, in_period, parse_filter
    from outlay.model.period import parse_period

    opened = prepare(workspace, as_of)
    # Calls are metered again wherever they are loaded: what is exported are bills, with what metering says of them.
    bills = Condition("coalesce(x_SourceSystem <> 'metering', true)")
    kept = in_period(parse_period(range, datetime.now(UTC).date())) & parse_filter(where) & bills
    costs = opened.filtered("costs", kept)
    rows = write(opened.connection, costs, focus, file)
    if not rows:
        typer.echo("\n".join(why_nothing(opened, where)), err=True)
    data = {"file": str(file), "rows": rows, "focus": focus}
    emit(format, Table(["file", "focus", "rows"], [[str(file), focus, f"{rows:,}"]], frozenset({"rows"})), data)


@reported
def query(
    sql: Annotated[str, typer.Argument(help="One SELECT.")],
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Run one SELECT."""
    from outlay.ledger.console import run

    opened = prepare(workspace, as_of)
    columns, rows = run(
        opened.ledger,
        {n: opened.relation(n) for n in SHOWN},
        sql,
    )
    texts = [["" if v is None else str(_plain(v)) for v in row] for row in rows]
    data = {"columns": columns, "rows": [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]}
    emit(format, Table(columns, texts), data)


def _plain(value: Any) -> Any:
    """A value for JSON: decimals as text without an exponent, everything odd as text."""
    if isinstance(value, Decimal):
        return exact(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
