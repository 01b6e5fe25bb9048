import math
from pathlib import Path

import numpy as np
import pytest
from tests.plan.plans import DAY, list_prices_of, stack_of, written

from outlay.model.problem import InputError
from outlay.plan.file.names import variables
from outlay.plan.simulate import simulate

PLAN = """
    demand:
      users: {value: 300..500..1200 users, growth: 1%..3%..6% / month}
      requests: {value: users * 80, unit: requests/month}
    layers:
      model-api:
        - {name: answers, provider: openai, model: gpt-5-mini, requests: requests, input: 3k..4k..6k, output: 400,
           cached: 30%..50%..60%, retries: 2%..4%..9%}
      people:
        - {name: team, amount: $10k..$12k..$15k / month, from: 2027-03}
        - {name: recruiting, once: $5k, from: 2027-03}
      network: {zero: no data leaves the region}
"""


def by_hand(folder: Path, months: int, draws: int) -> np.ndarray:
    """The same plan as a loop over draws and months, with the same scores."""
    plan = written(folder, PLAN, months)
    ranges = variables(plan)
    drawn = simulate(plan, list_prices_of(DAY), ranges, draws, 1)
    values = {v.name: v.distribution.at(drawn.drawn[v.name]) * v.quantity.scale for v in ranges}
    found = np.zeros((months, draws))
    for d in range(draws):
        for m in range(months):
            requests = values["users"][d] * 80 * (1 + values["users.growth"][d]) ** m
            size, cached = values["model-api/answers.input"][d], values["model-api/answers.cached"][d]
            call = (size * (1 - cached) * 0.25 + size * cached * 0.025 + 400 * 2) / 1e6
            found[m, d] = requests * call * (1 + values["model-api/answers.retries"][d])
            found[m, d] += values["people/team.amount"][d] * (m >= 2) + 5000 * (m == 2)
    return found


def test_the_engine_computes_what_a_loop_computes(tmp_path: Path) -> None:
    wanted = by_hand(tmp_path, 6, 64)
    plan = written(tmp_path, PLAN, 6)
    found = simulate(plan, list_prices_of(DAY), variables(plan), 64, 1)
    assert found.by_month == pytest.approx(wanted, rel=1e-9)
    assert found.by_layer.sum(axis=0) == pytest.approx(wanted.sum(axis=0), rel=1e-9)


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    one, again = stack_of(tmp_path, PLAN), stack_of(tmp_path, PLAN)
    assert one.simulation.by_month.tobytes() == again.simulation.by_month.tobytes()
    assert one.total == again.total


def test_lines_layers_and_months_add_up_to_the_total(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, PLAN)
    for index, scenario in enumerate(("best", "expected", "stress")):
        total = float(getattr(stack.total, scenario))
        assert sum(float(line.costs[index]) for line in stack.lines) == pytest.approx(total, rel=1e-12)
        assert sum(float(getattr(s, scenario)) for s in stack.layers.values()) == pytest.approx(total, rel=1e-12)
        assert sum(float(getattr(s, scenario)) for s in stack.months.values()) == pytest.approx(total, rel=1e-12)


def test_percentiles_rise_and_stress_costs_more(tmp_path: Path) -> None:
    total = stack_of(tmp_path, PLAN).total
    assert total.best < total.expected < total.stress
    assert total.p50 < total.p80 < total.p90


def test_an_entry_costs_within_its_months_only(tmp_path: Path) -> None:
    text = """
    layers:
      people:
        - {name: team, amount: $1000, from: 2027-02, until: 2027-03}
    """
    stack = stack_of(tmp_path, text, months=4)
    assert [float(s.expected) for s in stack.months.values()] == [0, 1000, 1000, 0]


def test_every_draw_grows_by_its_own_share(tmp_path: Path) -> None:
    """A geometric series: 100 (1.1^12 - 1) / 0.1 = 2138.43."""
    text = """
    demand:
      units: {value: 100 units, growth: 10% / month}
    layers:
      orchestration:
        - {name: jobs, driver: units, unit_cost: $1 / unit}
    """
    assert float(stack_of(tmp_path, text).total.expected) == pytest.approx(100 * (1.1**12 - 1) / 0.1)


def test_steps_and_months_that_are_told(tmp_path: Path) -> None:
    text = """
    demand:
      units: {value: 10 units, steps: {2027-03: 2}}
      told: {by_month: {2027-01: 1, 2027-02: 2, 2027-03: 4, 2027-04: 8}}
    layers:
      orchestration:
        - {name: jobs, driver: units, unit_cost: $1 / unit}
        - {name: others, driver: told, unit_cost: $100}
    """
    stack = stack_of(tmp_path, text, months=4)
    assert [float(s.expected) for s in stack.months.values()] == [110, 210, 420, 820]


def test_costs_may_grow_slower_than_their_driver(tmp_path: Path) -> None:
    text = """
    demand:
      units: {value: 100 units, steps: {2027-02: 4}}
    layers:
      orchestration:
        - {name: gateway, driver: units, unit_cost: $1 / unit, exponent: 0.5}
    """
    assert [float(s.expected) for s in stack_of(tmp_path, text, months=2).months.values()] == [100, 200]


def test_multipliers_and_overruns_scale_their_layers(tmp_path: Path) -> None:
    text = """
    layers:
      storage: [{name: files, amount: $100}]
      people: [{name: team, amount: $100}]
    multipliers: [{name: residency, factor: 1.1, layers: [storage]}]
    overruns: {storage: 1.5}
    """
    stack = stack_of(tmp_path, text, months=1)
    assert float(stack.layers["storage"].expected) == pytest.approx(165)
    assert float(stack.layers["people"].expected) == pytest.approx(100)


def test_readiness_adds_a_share_of_other_layers(tmp_path: Path) -> None:
    text = """
    layers:
      storage: [{name: files, amount: $100}, {name: more, amount: $50, from: 2027-02}]
    readiness: {multi_region: 10%}
    """
    stack = stack_of(tmp_path, text, months=2)
    assert [float(s.expected) for s in stack.months.values()] == pytest.approx([100 * 1.2, 150 * 1.2])
    gap = {g.component: (float(g.initial), float(g.production)) for g in stack.gaps}
    assert gap["storage"] == (250, 250)
    assert gap["resilience"] == pytest.approx((0, 25))


def test_contingency_is_what_p80_is_above_p50(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, PLAN)
    assert stack.contingency == stack.total.p80 - stack.total.p50


def test_volumes_that_move_together_spread_wider(tmp_path: Path) -> None:
    lines = "".join(f"    - {{name: n{i}, driver: 100..200..400 units, unit_cost: $1 / unit}}\n" for i in range(20))
    text = f"layers:\n  orchestration:\n{lines}"
    spread = {}
    for rho in (0.0, 0.5):
        total = stack_of(tmp_path, f"{text}correlation: {{usage: {rho}}}\n", draws=4096).total
        spread[rho] = float(total.p90 / total.p50)
    assert 1 < spread[0.0] < 1.2
    assert spread[0.5] > 1.3


def test_the_swing_of_a_range_is_that_of_the_plan_without_it(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, PLAN)
    swing = next(s for s in stack.swings if s.variable.name == "people/team.amount")
    assert swing.high - swing.low == pytest.approx(10 * 5000)
    widths = [s.width for s in stack.swings]
    assert widths == sorted(widths, reverse=True)


def test_the_share_of_draws_below_a_scenario_is_its_percentile(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, PLAN)
    below = float(np.mean(stack.simulation.total <= float(stack.total.stress)))
    assert stack.percentile(2) == pytest.approx(below)
    assert stack.percentile(0) < stack.percentile(1) < stack.percentile(2)


def test_a_plan_without_ranges_has_one_answer(tmp_path: Path) -> None:
    total = stack_of(tmp_path, "layers: {people: [{name: team, amount: $100}]}").total
    assert {total.best, total.expected, total.stress, total.p50, total.p90} == {total.p80}
    assert math.isclose(float(total.p80), 1200)


def test_prices_fall_by_a_share_each_year(tmp_path: Path) -> None:
    text = """
    layers:
      model-api:
        - {name: a, provider: openai, model: gpt-5-mini, requests: 1M, input: 1k, output: 0, decline: 50% / year}
    """
    months = [float(s.expected) for s in stack_of(tmp_path, text, months=13).months.values()]
    assert months[0] == pytest.approx(250)
    assert months[12] == pytest.approx(125)


def test_growth_of_a_year_is_what_it_is_after_a_year(tmp_path: Path) -> None:
    """60% a year: 100 in the first month, 160 in the thirteenth."""
    text = """
    demand: {units: {value: 100 units, growth: 60% / year}}
    layers:
      orchestration: [{name: jobs, kind: cost, driver: units, unit_cost: $1 / unit}]
    """
    months = [float(s.expected) for s in stack_of(tmp_path, text, months=13).months.values()]
    assert months[0] == pytest.approx(100)
    assert months[12] == pytest.approx(160)


O3 = "{name: a, provider: openai, model: o3, requests: 1, input: 1, output: 1}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("layers: {people: [{name: a, kind: cost, amount: 1, from: 2027-03, until: 2027-02}]}", "E-PLAN-092"),
        (
            f"currency: EUR\nlayers: {{model-api: [{O3}]}}",
            "E-PLAN-091",
        ),
    ],
)
def test_what_would_be_wrong_without_a_word_is_refused(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        stack_of(tmp_path, text)
    assert raised.value.code == code


def test_a_plan_in_another_currency_takes_the_book_at_its_dollar(tmp_path: Path) -> None:
    entry = "{name: a, provider: openai, model: gpt-5-mini, requests: 1M, input: 1k, output: 0}"
    text = f"currency: EUR\ndollar: 0.8\nlayers: {{model-api: [{entry}]}}"
    assert float(stack_of(tmp_path, text, months=1).total.expected) == pytest.approx(200)


def test_what_a_line_is_computed_from_names_the_factors_on_its_layer(tmp_path: Path) -> None:
    text = """
    layers: {storage: [{name: files, kind: cost, amount: $100}]}
    multipliers: [{name: EU residency, factor: 1.1, layers: [storage]}]
    """
    assert stack_of(tmp_path, text).lines[0].why.endswith("x 1.1 EU residency")
