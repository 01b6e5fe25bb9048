"""Small tables of calls for tests, and what a workspace says of them."""

import csv
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from outlay.workspace import Workspace

Row = Mapping[str, Any]
AT = "2026-10-05T10:00:00Z"
# What a call of the usual size costs: 10,000 x 2.50 and 1,000 x 10.00 per million.
EACH = Decimal("0.035")


def call(tokens: int | str = 10_000, output: int | str = 1_000, **columns: Any) -> Row:
    """A call of gpt-4o; a test says only what matters to it."""
    usual = {"time": AT, "provider": "openai", "model": "gpt-4o", "input": tokens, "output": output}
    return {**usual, **columns}


def write_calls(path: Path, rows: Iterable[Row]) -> Path:
    """A plain table of calls."""
    listed = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(dict.fromkeys(k for row in listed for k in row)))
        writer.writeheader()
        writer.writerows(listed)
    return path


def ask(opened: Workspace, sql: str, table: str = "events") -> list[tuple[Any, ...]]:
    """Rows of a query whose `{}` is a live table."""
    return opened.connection.execute(sql.format(opened.relation(table))).fetchall()


def metered(opened: Workspace) -> tuple[int, Decimal | None]:
    """The requests and the cost of all calls that count, the same in events, rollups and charges."""
    sums = "CAST(sum({}) AS BIGINT), sum({})"
    events = ask(opened, f"SELECT {sums.format('coalesce(requests, 1)', 'cost')} FROM {{}} WHERE counted")
    hours, days = (
        ask(opened, f"SELECT {sums.format('requests', 'cost')} FROM {{}}", table)
        for table in ("rollup_hour", "rollup_tenant_day")
    )
    counted = sums.format("x_RequestCount", "x_MeteredCost")
    charges = ask(opened, f"SELECT {counted} FROM {{}} WHERE x_RecordKind = 'metered'", "costs")
    assert events == hours == days == charges
    ((requests, cost),) = events
    return requests or 0, cost
