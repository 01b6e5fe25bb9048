"""Costs as an answer: what is unknown stays unknown."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import Charge, charge, workspace, write_bill

from outlay.ledger.query import parse_dimensions, parse_filter
from outlay.model.layers import LAYER_NAMES
from outlay.model.period import Period
from outlay.views.costs import Question, Row, ask_costs
from outlay.views.counted import CostName
from outlay.workspace import Workspace


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


def month_by_month(folder: Path) -> Workspace:
    """Disks are dear in September, Machines over the whole period; Games are cheap and Alms come back."""
    september = [("Machines", "5"), ("Disks", "9"), ("Games", "1")]
    october = [("Machines", "8"), ("Disks", "2"), ("Games", "3"), ("Alms", "-4")]
    november = [("Machines", "7")]
    bill = [
        charge(cost, day=day, ServiceName=service)
        for day, costs in (("2026-09-01", september), ("2026-10-01", october), ("2026-11-01", november))
        for service, cost in costs
    ]
    opened = workspace(folder / "work")
    opened.load([write_bill(folder / "bill.csv", bill)])
    return opened


def listed(rows: Iterable[Row]) -> list[str]:
    """Rows as text: the values of their keys, the cost, and the number of charges."""
    return [" ".join([*(v or "-" for v in r.keys.values()), f"{r.cost:.0f} of {r.charges}"]) for r in rows]


def test_top_with_a_step_shows_the_largest_of_the_whole_period_in_every_step(tmp_path: Path) -> None:
    opened = month_by_month(tmp_path)
    question = Question(parse_dimensions("service"), step="month", top=1)
    answer = ask_costs(opened.connection, opened.relation("costs"), question)
    machines = ["Machines 2026-09-01 5 of 1", "Machines 2026-10-01 8 of 1", "Machines 2026-11-01 7 of 1"]
    assert listed(answer.rows) == machines
    assert listed(answer.rest) == ["2026-09-01 10 of 2", "2026-10-01 1 of 3"]
    assert answer.total == 31


def test_top_without_a_step_has_one_rest(tmp_path: Path) -> None:
    opened = month_by_month(tmp_path)
    question = Question(parse_dimensions("service"), top=2)
    answer = ask_costs(opened.connection, opened.relation("costs"), question)
    assert listed(answer.rows) == ["Machines 20 of 3", "Disks 11 of 2"]
    assert listed(answer.rest) == ["0 of 3"]


def test_top_leaves_nothing_out_where_the_groups_are_no_more(tmp_path: Path) -> None:
    opened = month_by_month(tmp_path)
    for names, top in (("service", 4), ("", 1)):
        question = Question(parse_dimensions(names), step="month", top=top)
        answer = ask_costs(opened.connection, opened.relation("costs"), question)
        assert (answer.rest, sum(r.cost or 0 for r in answer.rows)) == ((), 31)


LAYERS = """
currency: USD
classify:
  - {name: models, when: {service: Models}, set: {layer: model-api}}
  - {name: staff, when: {service: Staff}, set: {layer: people}}
"""


def layered(folder: Path, *bill: Charge) -> Workspace:
    """A ledger in which Models are of the layer model-api, Staff of people, and Machines of none."""
    opened = workspace(folder / "work", LAYERS)
    opened.load([write_bill(folder / "bill.csv", bill)])
    return opened


def test_ai_is_what_has_a_layer(tmp_path: Path) -> None:
    opened = layered(tmp_path, charge("5", ServiceName="Models"), charge("2"), charge("1", ServiceName="Staff"))
    costs = opened.relation("costs")
    answer = ask_costs(opened.connection, costs, Question())
    assert [answer.ai, answer.unclassified, answer.total] == [Decimal(6), Decimal(2), Decimal(8)]
    only = ask_costs(opened.connection, costs, Question(where=parse_filter("layer:*")))
    assert [only.ai, only.unclassified, only.total] == [Decimal(6), Decimal(0), Decimal(6)]


def test_without_a_total_nothing_is_said_of_ai(tmp_path: Path) -> None:
    opened = layered(tmp_path, charge("5", ServiceName="Models"), charge("2", BillingCurrency="EUR"))
    assert ask_costs(opened.connection, opened.relation("costs"), Question()).ai is None


def test_a_share_of_nearly_nothing_has_no_sign(tmp_path: Path) -> None:
    opened = layered(tmp_path, charge("1000", ServiceName="Models"), charge("-0.001"))
    answer = ask_costs(opened.connection, opened.relation("costs"), Question())
    assert str(answer.share(answer.unclassified)) == "0.0000"


def test_a_layer_without_a_charge_in_the_period_is_not_uncovered(tmp_path: Path) -> None:
    models, staff = charge("5", ServiceName="Models"), charge("1", day="2026-11-01", ServiceName="Staff")
    opened = layered(tmp_path, models, staff)
    october = Question(period=Period(date(2026, 10, 1), date(2026, 11, 1)))
    answer = ask_costs(opened.connection, opened.relation("costs"), october)
    assert answer.absent_layers == ("people",)
    others = tuple(n for n in LAYER_NAMES if n not in ("model-api", "people"))
    assert answer.uncovered_layers == others
    whole = ask_costs(opened.connection, opened.relation("costs"), Question(where=parse_filter("layer:people")))
    assert (whole.absent_layers, whole.uncovered_layers) == ((), others)


def test_layers_of_another_kind_of_record_cover_nothing(tmp_path: Path) -> None:
    opened = layered(tmp_path, charge("5", ServiceName="Models"))
    period = Period(date(2026, 10, 1), date(2026, 11, 1))
    answer = ask_costs(opened.connection, opened.relation("costs"), Question(period=period, kind="planned"))
    assert (answer.uncovered_layers, answer.absent_layers) == (LAYER_NAMES, ())


@pytest.mark.parametrize("cost", ["list", "contracted"])
def test_a_purchase_counts_unless_it_covers_other_charges(tmp_path: Path, cost: CostName) -> None:
    plan = {"ServiceName": "Plan", "CommitmentDiscountId": "plan-1"}
    bill = [
        charge("7", ServiceName="Licence", ChargeCategory="Purchase"),
        charge("0", ServiceName="Trial", ChargeCategory="Purchase", ListCost="9", ContractedCost="9"),
        charge("100", ServiceName="Support", ChargeCategory="Purchase", EffectiveCost="0"),
        charge("100", ServiceName="Support", BilledCost="0"),
        charge("30", **plan, ChargeCategory="Purchase", EffectiveCost="0"),
        charge("20", **plan, BilledCost="0", CommitmentDiscountStatus="Used"),
        charge("10", **plan, BilledCost="0", CommitmentDiscountStatus="Unused"),
    ]
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    answer = ask_costs(opened.connection, opened.relation("costs"), Question(parse_dimensions("service"), cost=cost))
    found = {r.keys["service"]: r.cost for r in answer.rows}
    assert found == {"Licence": 7, "Trial": 9, "Support": 100, "Plan": 20}


@pytest.mark.parametrize("report", ["legacy.csv", "cur2.csv"])
def test_a_fee_of_aws_that_is_bought_and_used_counts_once(tmp_path: Path, report: str) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([Path(__file__).parents[1] / "data" / "aws_cur" / report])
    question = Question(parse_dimensions("service"), cost="contracted")
    answer = ask_costs(opened.connection, opened.relation("costs"), question)
    assert [r.cost for r in answer.rows if (r.keys["service"] or "").startswith("AWS Support")] == [100]
