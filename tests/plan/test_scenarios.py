from pathlib import Path

import pytest
from tests.plan.plans import stack_of

from outlay.model.problem import InputError

PLAN = """
assumptions: {{price: $2..$3..$5 / k tokens}}
layers: {{model-api: [{{name: a, driver: 1M tokens, unit_cost: price}}]}}
scenarios: {scenarios}
"""


def stated(folder: Path, scenarios: str) -> tuple[float, float, float]:
    total = stack_of(folder, PLAN.format(scenarios=scenarios), 1, draws=2).total
    return float(total.best), float(total.expected), float(total.stress)


@pytest.mark.parametrize("said", ["$4 / 1k tokens", "$4_000 / M tokens", "4"])
def test_a_scenario_states_a_range_in_any_unit(tmp_path: Path, said: str) -> None:
    """The price is of no knob, so that best and stress stay at its middle unless they say otherwise."""
    assert stated(tmp_path, f"{{stress: {{price: {said}}}}}") == pytest.approx((3_000, 3_000, 4_000))


@pytest.mark.parametrize(
    ("said", "code"),
    [("{prise: 4}", "E-PLAN-043"), ("{price: 3..4..5}", "E-PLAN-043"), ("{price: 4 GB}", "E-PLAN-011")],
)
def test_a_scenario_that_means_nothing_is_refused(tmp_path: Path, said: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        stated(tmp_path, f"{{stress: {said}}}")
    assert raised.value.code == code
    assert "plan.yaml:" in str(raised.value)
