from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.plan.plans import stack_of, written

from outlay.plan.completeness import examine
from outlay.plan.decisions import last_approved, read_decisions, record_of, write_decision
from outlay.plan.gate import Verdict, judge
from outlay.plan.value import covering_volume, worth

TODAY = date(2026, 11, 21)
TEAM = "layers: {people: [{name: team, kind: cost, amount: $8k..$10k..$14k}]}\n"


def verdict(folder: Path, text: str, limit: str) -> Verdict:
    return next(v for v in judge(stack_of(folder, text), None, TODAY) if v.limit == limit)


def test_a_plan_that_forgets_layers_is_refused(tmp_path: Path) -> None:
    found = verdict(tmp_path, TEAM, "complete")
    assert found.passed is False
    assert "14" not in found.found.split(";")[0]
    assert found.found.startswith("1 of 15; missing: model-api")
    assert verdict(tmp_path, TEAM + "limits: {complete: false, p80_month: $99k}\n", "p80_month").passed is True


def test_the_dearest_month_at_p80_is_held_against_its_limit(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, TEAM + "limits: {p80_month: $11k, p80_total: $200k}\n")
    found = {v.limit: v for v in judge(stack, None, TODAY)}
    assert found["p80_month"].passed is False
    assert f"{stack.months['2027-01'].p80:,.0f}" in found["p80_month"].found
    assert found["p80_total"].passed is True


def test_the_cost_of_a_success_counts_everything(tmp_path: Path) -> None:
    text = """
    layers: {people: [{name: team, kind: cost, amount: $10k}]}
    value: [{use_case: answers, kind: volume, attempts: 10k, success_rate: 70%, each: $2}]
    limits: {cost_per_success: $1.40}
    """
    found = verdict(tmp_path, text, "cost_per_success")
    assert found.found == f"{10_000 / 7_000:.4g}"
    assert found.passed is False
    assert verdict(tmp_path, TEAM + "limits: {cost_per_success: $1}\n", "cost_per_success").passed is False


def test_growth_is_measured_against_the_last_approval(tmp_path: Path) -> None:
    text = TEAM + "limits: {growth: 10%}\n"
    assert verdict(tmp_path, text, "growth").passed is None
    stack = stack_of(tmp_path, text)
    said = {"decision": "go", "because": "it is needed", "approved": True}
    write_decision(tmp_path, record_of(stack, said, datetime(2026, 11, 1, tzinfo=UTC)))
    approved = last_approved(tmp_path, "test")
    assert approved is not None
    for amount, passed in (("$8k..$10.5k..$14k", True), ("$8k..$12k..$14k", False)):
        grown = stack_of(tmp_path, text.replace("$8k..$10k..$14k", amount))
        (found,) = [v for v in judge(grown, approved, TODAY) if v.limit == "growth"]
        assert found.passed is passed


def test_decisions_are_kept_and_numbered(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, TEAM)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    said = {"decision": "go", "because": "x", "approved": True, "reopen": ["10x traffic"]}
    first = write_decision(tmp_path, record_of(stack, said, now))
    second = write_decision(tmp_path, record_of(stack, {**said, "approved": False}, now))
    assert (first.name, second.name) == ("2026-11-01-test.yaml", "2026-11-01-test-2.yaml")
    assert [d.record.approved for d in read_decisions(tmp_path, "test")] == [False, True]
    assert read_decisions(tmp_path, "other") == ()
    kept = last_approved(tmp_path, "test")
    assert kept is not None
    assert kept.record.reopen == ["10x traffic"]
    assert kept.expected == pytest.approx(120_000)


def test_what_is_undocumented_or_unsigned_is_told_and_may_be_refused(tmp_path: Path) -> None:
    (tmp_path / "part.yaml").write_text("layers: {network: {zero: stays here}}\n")
    text = TEAM + (
        "assumptions: {a: 3, b: {value: 4, source: books, date: 2026-11-01, owner: me}, c: a + b,\n"
        "  d: {value: 5, source: books, date: 2026-01-01, owner: me}}\n"
        "include: [{file: part.yaml, owner: network}]\n"
    )
    found = examine(written(tmp_path, text), TODAY)
    assert [(d.kind, d.what.split()[0]) for d in found.doubts] == [
        ("undocumented", "a"),
        ("stale", "d"),
        ("unsigned", "part.yaml"),
    ]
    limits = "limits: {complete: false, documented: true, signed: true}\n"
    assert [v.passed for v in judge(stack_of(tmp_path, text + limits), None, TODAY)] == [False, False]


def test_value_is_time_revenue_or_volume(tmp_path: Path) -> None:
    text = """
    layers: {people: [{name: team, kind: cost, amount: $1k}]}
    value:
      - {use_case: drafts, kind: time, attempts: 1000, success_rate: 50%, minutes: 6 min, rate: $40 / h}
      - {use_case: sales, kind: revenue, attempts: 200, success_rate: 10%, each: $300}
      - {use_case: tickets, kind: volume, attempts: 800, success_rate: 25%, each: $7, adoption: 50%}
    """
    found = worth(stack_of(tmp_path, text, months=1))
    assert [w.value for w in found] == pytest.approx([500 * 6 / 60 * 40, 20 * 300, 100 * 7])
    assert [w.successes for w in found] == pytest.approx([500, 20, 100])


def test_the_volume_at_which_value_covers_cost(tmp_path: Path) -> None:
    """Fixed 1,000, variable 0.5 x 2,000, value 1.5 x 2,000: at half the traffic 1,000 + 500 = 1,500."""
    text = """
    layers:
      people: [{name: team, kind: cost, amount: $1k}]
      orchestration: [{name: jobs, kind: cost, driver: 2000 units, unit_cost: $0.5 / unit}]
    value: [{use_case: a, kind: volume, attempts: 2000, success_rate: 100%, each: $1.5}]
    """
    assert covering_volume(stack_of(tmp_path, text, months=1)) == pytest.approx(0.5)
    assert covering_volume(stack_of(tmp_path, text.replace("$1.5", "$0.4"), months=1)) is None
