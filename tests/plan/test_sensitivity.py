from pathlib import Path

import numpy as np
import pytest
from tests.plan.plans import stack_of

from outlay.plan.sensitivity import drivers, first_order, grade, risks

PLAN = """
demand: {units: 50..100..200 units}
layers:
  orchestration: [{name: jobs, kind: cost, driver: units, unit_cost: $1 / unit}]
  storage: [{name: files, kind: cost, driver: units, unit_cost: $1 / unit, exponent: 0.5, at: 50}]
  people: [{name: team, kind: cost, amount: $99..$100..$101}]
"""


def test_indices_of_a_sum_are_its_shares_of_variance() -> None:
    """y = 2 a + b of two even ranges: 4 / 5 and 1 / 5."""
    rng = np.random.default_rng(1)
    a, b = rng.random(16_384), rng.random(16_384)
    total = 2 * a + b
    assert first_order(a, total) == pytest.approx(0.8, abs=0.02)
    assert first_order(b, total) == pytest.approx(0.2, abs=0.02)
    assert first_order(rng.random(16_384), total) == pytest.approx(0, abs=0.005)
    assert first_order(a, np.ones(16_384)) == 0


def test_the_range_that_moves_most_explains_most(tmp_path: Path) -> None:
    found = drivers(stack_of(tmp_path, PLAN, draws=4096))
    assert found[0].name == "units"
    assert found[0].share > 0.9
    assert sum(d.share for d in found) <= 1.05


def test_elasticity_is_measured_by_twice_the_traffic(tmp_path: Path) -> None:
    found = {r.layer: r for r in risks(stack_of(tmp_path, PLAN, draws=4096))}
    assert found["orchestration"].elasticity == pytest.approx(1)
    assert found["storage"].elasticity == pytest.approx(0.5)
    assert found["people"].elasticity == 0
    assert found["orchestration"].grade == "high"
    assert found["people"].grade == "low"


def test_grades_follow_from_what_may_come_on_top() -> None:
    assert [grade(share) for share in (0.2, 0.10, 0.05, 0.03, 0.01)] == ["high", "high", "medium", "medium", "low"]
