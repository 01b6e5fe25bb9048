"""Costs as an answer: what is unknown stays unknown."""

from decimal import Decimal
from pathlib import Path

from tests.bills import charge, workspace, write_bill

from outlay.ledger.query import parse_dimensions
from outlay.views.costs import Question, ask_costs


def test_a_group_whose_costs_are_all_unknown_is_not_zero(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    bill = [charge("2"), charge("3", ServiceName="Disks", EffectiveCost=""), charge("0", ServiceName="Free")]
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    answer = ask_costs(opened.connection, opened.relation("costs"), Question(parse_dimensions("service")))
    assert {r.keys["service"]: r.cost for r in answer.rows} == {"Machines": 2, "Disks": None, "Free": 0}
    assert (answer.total, answer.unknown) == (Decimal(2), 1)


def test_a_total_of_unknown_costs_is_unknown(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", [charge("3", EffectiveCost="")])])
    answer = ask_costs(opened.connection, opened.relation("costs"), Question())
    assert (answer.total, answer.unattributed, answer.currency, answer.unknown) == (None, None, "USD", 1)
