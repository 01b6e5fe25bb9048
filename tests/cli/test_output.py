"""Numbers as people read them."""

from decimal import Decimal

import pytest

from outlay.cli.output import money, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("-0.004", "0.00"),
        ("-0.005", "0.00"),
        ("-0.0051", "-0.01"),
        ("0.015", "0.02"),
        ("-1234.5", "-1,234.50"),
        ("-0", "0.00"),
        ("99999999999999999999999999.999999999999", "100,000,000,000,000,000,000,000,000.00"),
    ],
)
def test_money_is_rounded_half_even_and_zero_has_no_sign(value: str, text: str) -> None:
    assert money(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("-0.0004", "0.0%"), ("-0.0006", "-0.1%"), ("1", "100.0%")])
def test_a_share_of_zero_has_no_sign(value: str, text: str) -> None:
    assert percent(Decimal(value)) == text


def test_what_is_not_known_is_said() -> None:
    assert (money(None), percent(None)) == ("unknown", "-")
