"""Costs as an answer: what is unknown stays unknown."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import Charge, charge, workspace, write_bill
from tests.calls import call, write_calls
from typer.testing import Result

from outlay.ledger.query import parse_dimensions, parse_filter
from outlay.model.layers import COMPUTE_LAYERS, LAYER_NAMES
from outlay.model.period import Period
from outlay.views.costs import Question, Row, ask_costs
from outlay.views.counted import CostName
from outlay.workspace import Workspace

Run = Callable[..., Result]


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


@pytest.mark.parametrize("by", ["", "service", "team", "service,team", "layer"])
def test_what_is_told_beside_the_sums_does_not_depend_on_the_grouping(tmp_path: Path, by: str) -> None:
    bill = [
        charge("5", ServiceName="Models", team="search"),
        charge("2", team="search"),
        charge("4", team="search", ServiceName="Nodes", x_Layer=COMPUTE_LAYERS[0]),
        charge("-3", day="2026-11-01"),
        charge("1", ServiceName="Staff"),
        charge("3", ServiceName="Staff", EffectiveCost=""),
        charge("100", ServiceName="Models", day="2026-12-01"),
    ]
    opened = workspace(tmp_path / "work", LAYERS + "attribution: [{name: team tag, set: team, tag: team}]\n")
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    question = Question(parse_dimensions(by), Period(date(2026, 10, 1), date(2026, 12, 1)), step="month")
    answer = ask_costs(opened.connection, opened.relation("costs"), question)
    costs = (answer.total, answer.unattributed, answer.unclassified, answer.compute)
    assert costs == tuple(Decimal(n) for n in (9, -2, -1, 4))
    assert (answer.unknown, answer.charges) == (1, 6)


def test_sums_keep_every_digit(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    large, small = "99999999999999999.123456789012", "0.000000000001"
    names = ("One", "Two", "Three")
    bill = [*(charge(large, ServiceName=name) for name in names), charge(small, ServiceName="Four")]
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    answer = ask_costs(opened.connection, opened.relation("costs"), Question(parse_dimensions("service")))
    whole = "299999999999999997.370370367037"
    assert [str(answer.total), str(answer.unattributed), str(answer.unclassified)] == [whole] * 3


def test_calls_of_unknown_cost_are_counted_by_request(outlay: Run, tmp_path: Path) -> None:
    """Two windows of three requests are one metered charge; a bill without an effective cost is one charge."""
    opened = workspace(tmp_path / "work")
    window = call(model="gpt-99", requests=3)
    calls = write_calls(tmp_path / "calls.csv", [window, {**window, "output": 2_000}])
    opened.load([calls, write_bill(tmp_path / "bill.csv", [charge("3", EffectiveCost="")])])
    counts = {}
    for kind in ("billed", "metered", "best"):
        lines = outlay("costs", "-w", opened.folder, "--kind", kind).stdout.splitlines()
        counts[kind] = next(line for line in lines if line.startswith("cost unknown"))
    assert counts == {
        "billed": "cost unknown for 1 charge, not in the sums",
        "metered": "cost unknown for 6 requests, not in the sums",
        "best": "cost unknown for 1 charge and 6 requests, not in the sums",
    }
