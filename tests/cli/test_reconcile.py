"""`outlay reconcile` for programs: whole decimals, and an empty cell where a figure is not known."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.bills import write_bill
from tests.calls import call, write_calls
from tests.meter.test_reconcile import CALLS, bill, traffic
from typer.testing import Result

Run = Callable[..., Result]


def test_csv_holds_exact_figures_and_every_cause(outlay: Run, ask: Callable[..., Any], workspace: Path) -> None:
    unbilled = write_calls(workspace / "b.csv", [call(provider="anthropic", model="claude-sonnet-4-5")])
    files = [write_bill(workspace / "bill.csv", bill()), traffic(workspace / "a.csv", CALLS), unbilled]
    assert outlay("load", *files).exit_code == 0
    rows = list(csv.DictReader(outlay("reconcile", "--format", "csv").stdout.splitlines()))
    told = {(r["provider"], r["model"]): r for r in ask("reconcile")["rows"]}
    figures = ["billed", "metered", "explained", "coverage", "difference"]
    for row in rows:
        exact = told[row["provider"], row["model"] or None]
        assert [row[name] for name in figures] == [exact[name] or "" for name in figures]
    openai = next(r for r in rows if (r["provider"], r["model"]) == ("OpenAI", "gpt-4o"))
    anthropic = next(r for r in rows if r["provider"] == "Anthropic")
    causes = list(openai)[8:]
    assert causes[:3] == ["discount", "unpriced_model", "failed_but_billed"]
    assert sum(Decimal(openai[name]) for name in causes) == Decimal(openai["difference"])
    assert (anthropic["billed"], anthropic["coverage"], anthropic["difference"]) == ("", "", "")
