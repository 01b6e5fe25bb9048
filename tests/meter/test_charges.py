"""Metered charges beside bills: what is exported, what `best` counts, and what a sweep keeps."""

from decimal import Decimal
from pathlib import Path

from tests.bills import charge, workspace, write_bill
from tests.conftest import Run
from tests.meter.test_reconcile import bill, loaded, traffic

from outlay.ledger.tidy import tidy
from outlay.views.costs import Question, ask_costs
from outlay.workspace import Workspace


def best(opened: Workspace) -> Decimal | None:
    question = Question(by=(), kind="best")
    return ask_costs(opened.connection, opened.relation("costs"), question, opened.journal.live()).total


def test_best_is_the_bill_where_there_is_one_and_else_what_was_metered(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([traffic(tmp_path / "calls.csv")])
    assert best(opened) == Decimal("32.5")
    opened.load([write_bill(tmp_path / "bill.csv", bill(discount="0.2"))])
    assert best(opened) == Decimal(26)


def test_a_bill_of_somebody_else_covers_no_call(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [charge("5", day="2026-10-05")])
    assert best(opened) == Decimal("37.5")


def test_an_export_holds_bills_as_metering_splits_them(outlay: Run, tmp_path: Path) -> None:
    opened = loaded(tmp_path, bill())
    out = tmp_path / "out.csv"
    assert outlay("export", out, "--workspace", opened.folder).exit_code == 0
    text = out.read_text(encoding="utf-8")
    assert "metered" not in text.split("\n", 1)[1].replace("not metered", "")
    again = workspace(tmp_path / "again")
    again.load([out])
    sums = f"SELECT x_TenantId, sum(BilledCost) FROM {again.relation('costs')} GROUP BY 1 ORDER BY 1"
    assert dict(again.connection.execute(sums).fetchall()) == {"acme": Decimal("19.75"), "globex": Decimal("12.75")}


def test_a_sweep_keeps_what_live_calls_need(tmp_path: Path) -> None:
    opened = loaded(tmp_path, bill())
    before = opened.connection.execute(f"SELECT sum(x_MeteredCost) FROM {opened.metered()}").fetchall()
    swept = tidy(opened.connection, opened.ledger, 1)
    assert swept.superseded_batches == 0
    assert opened.connection.execute(f"SELECT sum(x_MeteredCost) FROM {opened.metered()}").fetchall() == before
