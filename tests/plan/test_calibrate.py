from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.plan.plans import HEAD

from outlay.plan.calibrate import Seen, calibrated, measures, rewritten, scale_of, seen_of
from outlay.plan.file.read import read_plan
from outlay.plan.file.schema import Assumption

NUMBER = Assumption.model_validate(1)
TEXT = (
    HEAD
    + """\
months: 12
demand:
  # what people ask
  requests: {value: 1M..2M..4M requests/month, measure: "requests feature:answers", source: guess, date: 2026-01-01}
assumptions:
  hits: {value: 10%..20%..30%, measure: cached_share}
  plain: 7  # stays
layers: {people: [{name: a, kind: cost, amount: $1}]}
"""
)


def days(values: list[float], metric: str = "requests", below: float = 1.0) -> Seen:
    return seen_of(metric, "", [(value, below) for value in values], metric == "requests")


def test_the_middle_of_a_volume_is_a_month_of_its_days() -> None:
    found = calibrated("a", NUMBER, days([1000.0] * 30), None, False)
    assert found.middle == pytest.approx(1000 * 365 / 12)
    assert found.text == "30420 requests / month"


@given(st.lists(st.floats(10, 1e6), min_size=7, max_size=60))
def test_the_middle_lies_within_its_range(values: list[float]) -> None:
    found = calibrated("a", NUMBER, days(values), None, False)
    assert found.low is not None and found.middle is not None and found.high is not None
    assert found.low <= found.middle <= found.high


def test_more_days_make_a_narrower_range() -> None:
    rng = np.random.default_rng(1)
    few, many = (calibrated("a", NUMBER, days(list(rng.gamma(4, 100, n))), None, False) for n in (14, 140))
    assert (few.high or 0) - (few.low or 0) > (many.high or 0) - (many.low or 0)


def test_a_share_is_a_ratio_of_sums_in_the_unit_that_it_had() -> None:
    seen = seen_of("cached_share", "", [(20.0, 100.0), (80.0, 100.0)] * 7, False)
    found = calibrated("hits", Assumption.model_validate("10%..20%..30%"), seen, None, False)
    assert found.middle == pytest.approx(0.5)
    assert found.text.startswith("4")
    assert found.text.count("%") == 3


def test_a_pilot_tells_its_growth_and_is_carried_to_production() -> None:
    weekly = 1.02
    values = [100 * weekly ** (day // 7) for day in range(42)]
    found = calibrated("a", NUMBER, days(values), scale_of("30..50..90"), True)
    assert found.growth is not None
    assert found.growth[1] == pytest.approx(weekly ** (52 / 12) - 1, rel=1e-3)
    assert found.growth[0] <= found.growth[1] <= found.growth[2]
    assert found.middle == pytest.approx(np.mean(values) * 365 / 12 * 50, rel=0.05)
    assert found.low is not None
    assert found.middle is not None
    assert found.low < 0.7 * found.middle


def test_a_week_is_the_least() -> None:
    found = calibrated("a", NUMBER, days([5.0] * 6), None, False)
    assert found.text == ""
    assert "7" in found.why_not


def test_a_plan_is_rewritten_in_place(tmp_path: Path) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert measures(read_plan(path)) == {"requests": ("requests", "feature:answers"), "hits": ("cached_share", "")}
    changes = {
        "requests": [("value", "3M requests/month"), ("source", "ledger"), ("growth", "2%")],
        "plain": [("value", "8")],
    }
    path.write_text(rewritten(path, changes), encoding="utf-8")
    text = path.read_text()
    assert "# what people ask" in text
    assert "plain: {value: 8}  # stays" in text
    told = TEXT.replace("1M..2M..4M requests/month", "3M requests/month").replace("guess", "ledger")
    told = told.replace("plain: 7", "plain: {value: 8}")
    assert text == told.replace("requests: {value", "requests: {growth: 2%, value")
    assert read_plan(path).assumptions["requests"].value.number == 3e6
