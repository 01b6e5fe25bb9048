import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.plan.quantities.expression import Expression
from outlay.plan.quantities.path import Path

MONTHS = 7
numbers = st.floats(0.1, 10)


def grown(level: float, ratio: float) -> Path:
    return Path.of(level).growing(np.array([ratio]), MONTHS)


def told(values: list[float]) -> Path:
    return Path.by_month(np.array(values))


paths = st.one_of(
    st.builds(Path.of, numbers),
    st.builds(grown, numbers, st.floats(0.5, 1.5)),
    st.builds(told, st.lists(numbers, min_size=MONTHS, max_size=MONTHS)),
)


@given(paths, paths)
def test_arithmetic_of_paths_is_that_of_their_months(one: Path, other: Path) -> None:
    a, b = one.grid(MONTHS), other.grid(MONTHS)
    for found, wanted in (
        (one * other, a * b),
        (one / other, a / b),
        (one + other, a + b),
        (one - other, a - b),
        (one.each(np.maximum, other), np.maximum(a, b)),
        (2 * one, 2 * a),
        (1 - one, 1 - a),
        (one**2, a**2),
    ):
        assert np.broadcast_to(found.grid(MONTHS), wanted.shape) == pytest.approx(wanted)


@given(paths, paths)
def test_a_formula_computes_what_it_says(one: Path, other: Path) -> None:
    found = Expression("max(a, 2) * b + a / b - 50% * 2k").value({"a": one, "b": other})
    a, b = one.grid(MONTHS), other.grid(MONTHS)
    wanted = np.maximum(a, 2) * b + a / b - 1000
    assert np.broadcast_to(found.grid(MONTHS), wanted.shape) == pytest.approx(wanted)


def test_a_product_of_growing_paths_stays_even() -> None:
    found = grown(2, 1.1) * grown(3, 0.9) * 4.0
    assert found.free is None
    assert found.ratio == pytest.approx([0.99])
    assert found.level == pytest.approx([24])
