"""Laws of the ledger, on random bills: nothing is lost, nothing is added, and every file comes back."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_EVEN, Context, Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from tests.bills import Charge, by, charge, rows, summed, total, workspace, write_bill, write_parquet
from tests.laws.strategies import KEPT, LONG, TIES, bills

from outlay.derive.attribute import AttributionRule, attribute
from outlay.derive.classify import classify
from outlay.derive.split import SplitRule, split
from outlay.ledger.engine import connect
from outlay.ledger.export import FORMATS, VERSIONS, export
from outlay.model.charge import COSTS, columns_of, literal, quoted
from outlay.model.dimensions import BY_NAME, DIMENSIONS
from outlay.views.costs import Question, StepName, ask_costs
from outlay.views.counted import CostName, KindName
from outlay.views.deliveries import rounding_by_currency, totals_by_currency
from outlay.workspace import Workspace

EXACT = Context(prec=80)
TEAM_RULE = AttributionRule(name="team tag", set="team", tag="team", map={"Search": "search", "SEARCH": "other"})
SETTINGS = """
attribution:
  - {name: team tag, set: team, tag: team}
split:
  - {name: platform, when: {team: platform}, to: team}
"""
law = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@contextmanager
def ledger(bill: list[Charge], yaml: str = "", version: str = "1.3") -> Iterator[tuple[Workspace, Path]]:
    """A workspace that has loaded a bill, and a folder for files."""
    with tempfile.TemporaryDirectory() as folder:
        opened = workspace(Path(folder) / "work", yaml)
        opened.load([write_bill(Path(folder) / "bill.csv", bill, version)])
        yield opened, Path(folder)
        opened.connection.close()


def kinds_of(bill: list[Charge]) -> list[Charge]:
    """The bill, each charge also as metered and as planned."""
    zero = dict.fromkeys(COSTS, "0")
    metered = [{**c, **zero, "x_RecordKind": "metered", "x_MeteredCost": c["BilledCost"]} for c in bill]
    planned = [{**c, **zero, "x_RecordKind": "planned", "x_PlannedCost": c["ListCost"]} for c in bill]
    return [*bill, *metered, *planned]


@law
@given(bills(), st.data())
def test_any_four_dimensions_sum_to_the_total(bill: list[Charge], data: st.DataObject) -> None:
    with ledger(kinds_of(bill), SETTINGS) as (opened, _):
        costs, live = opened.relation("costs"), opened.journal.live()
        for kind in get_args(KindName):
            for cost in get_args(CostName):
                names = data.draw(st.lists(st.sampled_from(sorted(BY_NAME)), max_size=4, unique=True))
                step = data.draw(st.sampled_from(get_args(StepName)))
                whole = ask_costs(opened.connection, costs, Question((), cost=cost, kind=kind), live)
                by_some = tuple(BY_NAME[n] for n in names)
                parts = ask_costs(
                    opened.connection, costs, Question(by_some, cost=cost, kind=kind, step=step, top=2), live
                )
                shown = [r.cost for r in (*parts.rows, *parts.rest) if r.cost is not None]
                assert whole.total == parts.total
                assert sum(shown, Decimal(0)) == (whole.total or 0)
                assert whole.charges == parts.charges
        assert len(DIMENSIONS) == len(BY_NAME)


def covers(charge: Charge) -> bool:
    """Whether a charge buys what other charges use up."""
    spread = Decimal(charge["EffectiveCost"]) == 0 != Decimal(charge["BilledCost"])
    return charge["ChargeCategory"] == "Purchase" and bool(charge["CommitmentDiscountId"] or spread)


@law
@given(bills())
def test_each_kind_and_cost_is_what_the_file_says(bill: list[Charge]) -> None:
    with ledger(kinds_of(bill)) as (opened, _):

        def ask(cost: CostName, kind: KindName) -> Decimal | None:
            question = Question((), cost=cost, kind=kind)
            return ask_costs(opened.connection, opened.relation("costs"), question, opened.journal.live()).total

        used = [c for c in bill if not covers(c)]
        assert ask("billed", "billed") == summed(bill, "BilledCost")
        assert ask("effective", "billed") == summed(bill, "EffectiveCost")
        assert ask("list", "billed") == summed(used, "ListCost")
        assert ask("contracted", "billed") == summed(used, "ContractedCost")
        assert ask("effective", "metered") == summed(bill, "BilledCost")
        assert ask("effective", "planned") == summed(bill, "ListCost")
        # Everything is billed here, so the best knowledge is the bill.
        assert ask("billed", "best") == summed(bill, "BilledCost")


WEIGHTS = st.decimals(0, 10**6, places=3)


@st.composite
def split_rules(draw: st.DrawFn) -> SplitRule:
    method = draw(st.sampled_from(["even", "proportional", "usage", "fixed"]))
    common = {"name": "shared", "when": {"team": draw(st.sampled_from(["platform", "s*", "*"]))}, "to": "team"}
    if method == "fixed":
        shares = draw(st.dictionaries(st.sampled_from(["search", "Search", "x", "y"]), WEIGHTS, min_size=1))
        assume(sum(shares.values()) > 0)
        return SplitRule.model_validate({**common, "method": "fixed", "shares": shares})
    if method == "usage":
        return SplitRule.model_validate({**common, "weight": "usage", "unit": "hours"})
    return SplitRule.model_validate({**common, "method": method})


def sums(relation: str, opened: Workspace) -> list[tuple[object, ...]]:
    """Sum of every amount and quantity per month and currency."""
    amounts = (*COSTS, "x_MeteredCost", "x_PlannedCost", "ConsumedQuantity", "PricingQuantity")
    totals = ", ".join(f"sum({quoted(c)})" for c in amounts)
    sql = f"SELECT BillingCurrency, BillingPeriodStart::VARCHAR, {totals} FROM {relation} GROUP BY 1, 2 ORDER BY 1, 2"
    return opened.connection.execute(sql).fetchall()


@law
@given(bills(), st.lists(split_rules(), min_size=1, max_size=3))
def test_each_stage_preserves_every_sum(bill: list[Charge], rules: list[SplitRule]) -> None:
    with ledger(bill) as (opened, _):
        connection, charges = opened.connection, opened.relation("charges")
        before = sums(charges, opened)
        classify(connection, charges, "classified")
        assert sums("classified", opened) == before
        assert connection.execute("SELECT count(*) FROM classified").fetchall()[0][0] == len(bill)
        attributed = attribute(connection, "classified", [TEAM_RULE])
        assert sums(attributed, opened) == before
        assert connection.execute(f"SELECT count(*) FROM {attributed}").fetchall()[0][0] == len(bill)
        for rule in rules:
            assert sums(split(connection, attributed, [rule], None), opened) == before
        assert sums(split(connection, attributed, rules, None), opened) == before


@settings(law, max_examples=3)
@given(bills(), bills())
def test_costs_do_not_depend_on_the_order_of_loading(first: list[Charge], second: list[Charge]) -> None:
    first_rule = "split:\n  - {name: first, when: {team: éclair}, to: team, among: [platform, search]}"
    last_rule = "  - {name: last, when: {team: support}, to: team, among: [search, Search]}\n"
    chained = SETTINGS.replace("split:", first_rule) + last_rule
    other = [{**c, "BillingAccountId": "acct-2"} for c in second]
    with ledger(first, chained) as (one, folder):
        a, b = folder / "bill.csv", write_bill(folder / "other.csv", other)
        one.load([b])
        together = workspace(folder / "together", chained)
        together.load([a, b])
        apart = workspace(folder / "apart", chained)
        apart.load([b])
        apart.load([a])
        assert by(one, "x_Team") == by(apart, "x_Team") == by(together, "x_Team")
        assert total(one) == summed(first) + summed(other)


@law
@given(bills())
def test_loading_twice_adds_nothing(bill: list[Charge]) -> None:
    with ledger(bill, SETTINGS) as (opened, folder):
        held, entries = rows(opened), len(opened.journal.entries)
        again = opened.load([folder / "bill.csv", folder / "bill.csv"])
        assert {d.status for d in again.deliveries} == {"unchanged"}
        assert again.rederived == 0
        assert (total(opened), rows(opened)) == (summed(bill), held)
        assert len(opened.journal.entries) == entries


@law
@given(bills(), bills())
def test_a_restated_month_replaces_the_month_and_the_past_stays(old: list[Charge], new: list[Charge]) -> None:
    with ledger(old, SETTINGS) as (opened, folder):
        then = max(e.recorded_at for e in opened.journal.entries if e.recorded_at)
        opened.load([write_bill(folder / "restated.csv", new)], replace_scope=True)
        months = {c["BillingPeriodStart"] for c in new}
        untouched = [c for c in old if c["BillingPeriodStart"] not in months]
        assert total(opened) == summed(new) + summed(untouched)
        assert total(opened, table="charges") == total(opened)
        assert total(Workspace(opened.folder, as_of=then)) == summed(old)


def focus_rows(opened: Workspace, version: str) -> list[tuple[object, ...]]:
    """The costs in the columns of a FOCUS version, as text, in an order of their own."""
    names = ", ".join(f"CAST({quoted(c.name)} AS VARCHAR)" for c in columns_of(version))
    return opened.connection.execute(f"SELECT {names} FROM {opened.relation('costs')} ORDER BY ALL").fetchall()


@pytest.mark.parametrize("version", VERSIONS)
@settings(law, max_examples=3)
@given(bill=bills())
def test_export_then_import_is_the_identity(version: str, bill: list[Charge]) -> None:
    with ledger(bill, SETTINGS, version) as (opened, folder):
        exported = focus_rows(opened, version)
        for number, suffix in enumerate(FORMATS):
            file = folder / f"out{suffix}"
            assert export(opened.connection, opened.relation("costs"), version, file) == len(exported)
            back = workspace(folder / f"back{number}", "attribution: []")
            result = back.load([file])
            assert result.problems == ()
            assert focus_rows(back, version) == exported
            assert by(back, "x_Team") == by(opened, "x_Team")


def rounded(text: str) -> Decimal:
    return Decimal(text).quantize(Decimal("1e-12"), ROUND_HALF_EVEN, EXACT)


@settings(law, max_examples=25)
@given(bills(st.one_of(KEPT, TIES, LONG), largest=20))
@example([charge("9999999999.9999999999999"), charge("-12345678901.1234567890125"), charge("5e-13"), charge("1.5E+3")])
def test_stored_and_rounding_are_the_file_to_the_last_digit(bill: list[Charge]) -> None:
    with ledger(bill) as (opened, _):
        for cost in COSTS:
            stored = sum((rounded(c[cost]) for c in bill), Decimal(0))
            live = opened.journal.live()
            told = [Decimal(totals_by_currency(e)["USD"][cost] or 0) for e in live]
            taken = [Decimal(rounding_by_currency(e)["USD"][cost] or 0) for e in live]
            assert total(opened, cost) == stored == sum(told, Decimal(0))
            exact = Decimal(0)
            for c in bill:
                exact = EXACT.add(exact, Decimal(c[cost]))
            assert EXACT.add(stored, sum(taken, Decimal(0))) == exact


@settings(law, max_examples=15)
@given(st.lists(st.floats(-1e9, 1e9, allow_nan=False), min_size=1, max_size=20))
@example([0.1, 0.2, 0.3, 1e-7, 123456789.12, -5e-13])
def test_a_double_is_read_as_its_shortest_decimal(costs: list[float]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        names = [k for k in charge() if k not in COSTS]
        texts = ", ".join(f"{literal(charge()[k])} AS {quoted(k)}" for k in names)
        amounts = ", ".join(f"CAST({literal(repr(c))} AS DOUBLE)" for c in costs)
        money = ", ".join(f"cost AS {c}" for c in COSTS)
        file = write_parquet(
            Path(folder) / "bill.parquet", f"SELECT {texts}, {money} FROM (SELECT unnest([{amounts}]) AS cost)"
        )
        opened = workspace(Path(folder) / "work")
        opened.load([file])
        assert total(opened) == sum((rounded(repr(c)) for c in costs), Decimal(0))


@settings(law, max_examples=25)
@given(st.lists(st.one_of(KEPT, TIES, LONG).map(lambda d: f"{d:f}"), min_size=1, max_size=50))
def test_money_rounds_half_to_even(costs: list[str]) -> None:
    with connect() as connection:
        found = connection.execute(
            "SELECT t, money(t), rounding(t) FROM (SELECT unnest(CAST(? AS VARCHAR[])) AS t)", [costs]
        ).fetchall()
    for text, money, taken in found:
        assert money == rounded(text)
        assert EXACT.add(money, taken) == Decimal(text)
