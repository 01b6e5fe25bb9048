"""A plan becomes planned charges: exact, replaced by its next version, compared with what came."""

import csv
import io
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.plans import HEAD, stack_of

from outlay.ledger.query import Condition
from outlay.model.dimensions import BY_NAME
from outlay.model.period import ALL, Period, parse_period
from outlay.model.problem import InputError
from outlay.plan.charges import UNIT, charges_csv, split
from outlay.views.costs import Question, ask_costs
from outlay.views.variance import Variance, ask_variance
from outlay.workspace import Workspace

PLAN = (
    HEAD
    + """\
months: 3
layers:
  people: [{name: team, kind: cost, team: search, amount: $10k..$12k..$15k}]
  storage: [{name: files, kind: cost, provider: aws, amount: $100, from: 2027-02}]
  network: {zero: stays here}
"""
)
BILLS = """date,provider,service,description,amount,currency,layer,team
2027-01-15,Payroll,Engineers,January,20000,USD,people,search
2027-01-20,GPUs,H100,January,7000,USD,training-compute,search
2027-02-15,Payroll,Engineers,February,12000,USD,people,search
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "outlay.yaml").write_text("currency: USD\n")
    (tmp_path / "plan.yaml").write_text(PLAN)
    (tmp_path / "labour.csv").write_text(BILLS)
    return Workspace(tmp_path)


def planned(workspace: Workspace, period: Period = ALL) -> dict[str | None, Decimal | None]:
    question = Question((BY_NAME["layer"],), period, kind="planned")
    answer = ask_costs(workspace.connection, workspace.costs_in(), question)
    return {row.keys["layer"]: row.cost for row in answer.rows}


def compared(workspace: Workspace, period: str = "all") -> Variance:
    when = parse_period(period, date(2027, 3, 1))
    costs = workspace.costs_in("", when)
    return ask_variance(workspace.connection, costs, "plan:test", when, BY_NAME["layer"], Condition())


@given(st.decimals(min_value=0, max_value=10**9, places=12), st.integers(1, 366))
def test_the_days_of_a_month_add_up_to_the_last_digit(cost: Decimal, days: int) -> None:
    parts = split(cost, days)
    assert sum(parts) == cost
    assert max(parts) - min(parts) <= UNIT


def test_every_row_is_a_planned_charge_without_a_cost_of_a_bill(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(charges_csv(stack_of(tmp_path, PLAN[len(HEAD) + 10 :], months=3)))))
    assert len(rows) == 31 + 28 + 31 + 28 + 31
    assert {row["x_RecordKind"] for row in rows} == {"planned"}
    assert {row[c] for row in rows for c in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")} == {"0"}
    assert sum(Decimal(row["x_PlannedCost"]) for row in rows) == 3 * 12_000 + 2 * 100
    assert {row["ServiceProviderName"] for row in rows} == {"in-house", "Amazon Web Services"}


def test_a_plan_loads_as_planned_charges_that_are_no_bill(workspace: Workspace) -> None:
    result = workspace.load([workspace.folder / "plan.yaml"])
    assert result.problems == ()
    assert planned(workspace) == {"people": Decimal(36_000), "storage": Decimal(200)}
    billed = ask_costs(workspace.connection, workspace.costs_in(), Question((BY_NAME["layer"],), ALL))
    assert billed.total in (None, Decimal(0))
    assert [f for f in workspace.examine() if f.severity == "error"] == []


def test_the_next_version_of_a_plan_takes_its_place(workspace: Workspace) -> None:
    path = workspace.folder / "plan.yaml"
    workspace.load([path])
    again = workspace.load([path])
    assert {d.status for d in again.deliveries} == {"unchanged"}
    path.write_text(PLAN.replace("months: 3", "months: 2").replace("$12k", "$13k"))
    workspace.load([path])
    assert planned(workspace) == {"people": Decimal(26_000), "storage": Decimal(100)}


def test_variance_tells_both_bases_and_what_was_forgotten(workspace: Workspace) -> None:
    workspace.load([workspace.folder / "plan.yaml", workspace.folder / "labour.csv"])
    found = compared(workspace, "2027-01")
    assert (found.total.planned, found.total.actual) == (Decimal(12_000), Decimal(27_000))
    assert found.total.of_plan == Decimal("1.25")
    assert found.total.of_actual == Decimal("0.5556")
    assert found.forgotten == ("training-compute",)
    assert [(r.key, r.difference, r.of_miss) for r in found.rows] == [
        ("people", Decimal(8_000), Decimal("0.5333")),
        ("training-compute", Decimal(7_000), Decimal("0.4667")),
    ]


def test_best_takes_the_plan_where_nothing_was_billed(workspace: Workspace) -> None:
    workspace.load([workspace.folder / "plan.yaml"])
    question = Question((BY_NAME["layer"],), ALL, kind="best")
    best = ask_costs(workspace.connection, workspace.costs_in(), question, workspace.journal.live())
    assert best.total == Decimal(36_200)


def test_a_plan_that_is_wrong_is_refused_with_its_place(workspace: Workspace) -> None:
    path = workspace.folder / "plan.yaml"
    path.write_text(PLAN.replace("amount: $100", "amont: $100"))
    with pytest.raises(InputError) as raised:
        workspace.load([path])
    assert raised.value.code == "E-PLAN-014"
    assert "plan.yaml:7:54" in raised.value.place
