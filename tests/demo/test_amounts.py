"""Exact amounts of the demo company."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.demo.amounts import CENT, PICO, micro, pico, plain, plain_pico, to_cents


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0, 6, "0.0"),
        (24_000_000, 6, "24.0"),
        (1_515_000, 6, "1.515"),
        (-500_000, 6, "-0.5"),
        (1, 12, "0.000000000001"),
    ],
)
def test_whole_units_become_plain_decimals(value: int, places: int, text: str) -> None:
    assert plain(value, places) == text


@given(st.integers(-(10**24), 10**24))
def test_a_cost_survives_its_text(value: int) -> None:
    assert pico(plain_pico(value)) == value


def test_more_than_six_decimals_of_a_price_are_refused() -> None:
    with pytest.raises(ValueError, match="more than 6 decimals"):
        micro("0.0000001")


@given(st.integers(-(10**20), 10**20))
def test_cents_are_the_nearest(value: int) -> None:
    rounded = to_cents(value)
    assert rounded % CENT == 0
    assert abs(rounded - value) <= CENT // 2


def test_half_a_cent_goes_away_from_zero() -> None:
    assert to_cents(-PICO // 200) == -CENT
    assert to_cents(PICO // 200) == CENT
