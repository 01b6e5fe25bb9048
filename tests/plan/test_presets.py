"""Every preset is a plan that a team can start from: whole, documented, and computed by every command."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.plan.plans import list_prices_of
from typer.testing import Result

from outlay.model.problem import InputError
from outlay.plan.breakeven import break_even
from outlay.plan.completeness import examine
from outlay.plan.file.read import PlanFile, read_plan
from outlay.plan.presets import preset, presets, renamed
from outlay.plan.quantities.field import KNOBS
from outlay.plan.stack import Stack, compute

Run = Callable[..., Result]
NAMES = tuple(presets())
DAY = date(2026, 11, 21)
DRAWS = 4_096


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stack]:
    """Every preset, computed on the list prices of the day that its sources are of."""
    folder = tmp_path_factory.mktemp("presets")
    found = {}
    for name in NAMES:
        path = folder / f"{name}.yaml"
        path.write_text(preset(name), encoding="utf-8")
        found[name] = compute(read_plan(path), list_prices_of(DAY), DRAWS)
    return found


@pytest.fixture(params=NAMES)
def stack(request: pytest.FixtureRequest, stacks: dict[str, Stack]) -> Stack:
    """One of them."""
    return stacks[request.param]


def test_there_are_five() -> None:
    assert NAMES == ("agent", "batch-embedding", "fine-tuned-model", "rag-assistant", "training-cluster")


def test_a_preset_is_named_as_its_file(stack: Stack, stacks: dict[str, Stack]) -> None:
    assert stacks[stack.plan.name] is stack


def test_all_layers_are_stated_and_most_cost(stack: Stack) -> None:
    assert not stack.plan.missing
    above_zero = [name for name, spread in stack.layers.items() if spread.expected > 0]
    assert len(above_zero) >= 10
    assert set(above_zero) | set(stack.plan.zeros) == set(stack.layers)
    assert all(len(reason) > 20 for reason in stack.plan.zeros.values())


def test_every_assumption_has_a_source_a_date_and_an_owner(stack: Stack) -> None:
    told = [a for a in stack.plan.assumptions.values() if a.value.formula is None]
    assert len(told) >= 8
    assert all(a.source and a.dated and a.owner for a in told)
    assert examine(stack.plan, DAY).doubts == ()


def test_a_preset_is_commented(stack: Stack) -> None:
    text = preset(stack.plan.name)
    assert sum(line.lstrip().startswith("#") for line in text.splitlines()) >= 10


def test_all_five_knobs_are_moved_by_the_stress(stack: Stack) -> None:
    assert stack.scenarios.knobs == KNOBS


def test_a_budget_at_p80_lies_between_expected_and_stress(stack: Stack) -> None:
    total = stack.total
    assert total.best < total.expected < total.p80 < total.stress
    assert total.expected < total.p50 < total.p80
    assert total.p80 < 2 * total.expected


def test_every_layer_that_is_uncertain_is_a_range(stack: Stack) -> None:
    assert len(stack.variables) >= 20


def test_a_preset_says_what_it_may_cost_and_what_it_is_worth(stack: Stack) -> None:
    limits = stack.plan.plan.limits
    assert limits.p80_month is not None
    assert limits.p80_total is not None
    assert limits.documented
    assert stack.plan.plan.value


def test_what_is_called_or_served_has_a_break_even(stack: Stack) -> None:
    if stack.plan.name == "training-cluster":
        with pytest.raises(InputError) as raised:
            break_even(stack.plan, list_prices_of(DAY), draws=64)
        assert raised.value.code == "E-PLAN-080"
    else:
        found = break_even(stack.plan, list_prices_of(DAY), draws=64)
        assert len(found.curves) >= 2
        assert found.labour


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_a_new_plan(
    outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert outlay("plan", "new", "--like", name, "plans/ours.yaml").exit_code == 0
    commands = ["plan show {}", "plan check {}", "plan simulate {}", "plan ask {} 10x", "gate {}"]
    commands += ["plan breakeven {}"] if "\nbreakeven:" in preset(name) else []
    for command in commands:
        ran = outlay(*(word.format("plans/ours.yaml") for word in command.split()))
        assert ran.exit_code == 0, f"{command}: {ran.stdout[-600:]}{ran.stderr}"


def test_new_lists_what_there_is(ask: Callable[..., Any]) -> None:
    told = ask("plan", "new")["presets"]
    assert [one["name"] for one in told] == list(NAMES)
    assert all(len(one["words"]) > 30 for one in told)


def test_a_new_plan_is_named_after_its_file_and_begins_when_asked(
    outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = outlay("plan", "new", "--like", "fine-tuned-model", "Claims Desk.yaml", "--start", "2027-11")
    assert ran.exit_code == 0
    plan = _read(tmp_path / "Claims Desk.yaml")
    assert (plan.name, plan.plan.start) == ("claims-desk", "2027-11")
    assert [p.entry.until for p in plan.entries if p.entry.until] == ["2028-04"]
    assert {a.dated for a in plan.assumptions.values() if a.dated} == {DAY}


def test_nothing_is_overwritten(outlay: Run, tmp_path: Path) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text("mine", encoding="utf-8")
    ran = outlay("plan", "new", "--like", "agent", path)
    assert ran.exit_code == 2
    assert "E-PLAN-045" in ran.stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_workspace_that_is_named_is_where_paths_begin(outlay: Run, tmp_path: Path) -> None:
    assert outlay("plan", "new", "--like", "agent", "plans/a.yaml", "--workspace", tmp_path).exit_code == 0
    assert _read(tmp_path / "plans" / "a.yaml").name == "a"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--like agnet a.yaml", "E-PLAN-044"),
        ("--like agent", "E-PLAN-044"),
        ("a.yaml", "E-PLAN-044"),
        ("--like agent a.yaml --start 2027", "E-PLAN-046"),
    ],
)
def test_what_is_missing_is_told(
    outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = outlay("plan", "new", *words.split())
    assert ran.exit_code == 2
    assert code in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_plans_cannot_have_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        preset("agent", "Our Plan")
    assert raised.value.code == "E-PLAN-046"


def test_months_move_and_days_stay() -> None:
    text = "plan: a\nstart: 2027-01\nuntil: 2027-04\ndate: 2026-11-21\n"
    assert renamed(text, "b", "2027-12") == "plan: b\nstart: 2027-12\nuntil: 2028-03\ndate: 2026-11-21\n"


def test_a_preset_reads_as_plain_yaml() -> None:
    assert all(yaml.safe_load(preset(name))["plan"] == name for name in NAMES)


def _read(path: Path) -> PlanFile:
    return read_plan(path)
