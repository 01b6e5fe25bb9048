from datetime import date

import pytest

from outlay.model.period import ALL, Period, parse_period
from outlay.model.problem import InputError

TUESDAY = date(2026, 10, 13)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-07", "2026-07-01", "2026-07-31"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2026-Q1", "2026-01-01", "2026-03-31"),
        ("2026-q4", "2026-10-01", "2026-12-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-10-13", "2026-10-13", "2026-10-13"),
        ("today", "2026-10-13", "2026-10-13"),
        ("yesterday", "2026-10-12", "2026-10-12"),
        ("last-monday", "2026-10-12", "2026-10-12"),
        ("last-tuesday", "2026-10-06", "2026-10-06"),
        ("last-wednesday", "2026-10-07", "2026-10-07"),
        ("last-7d", "2026-10-06", "2026-10-12"),
        ("last-1d", "2026-10-12", "2026-10-12"),
        ("this-month", "2026-10-01", "2026-10-31"),
        ("month-0", "2026-10-01", "2026-10-31"),
        ("month-1", "2026-09-01", "2026-09-30"),
        ("month-10", "2025-12-01", "2025-12-31"),
        ("2026-05-01..2026-06-30", "2026-05-01", "2026-06-30"),
        ("2026-05..2026-06", "2026-05-01", "2026-06-30"),
        ("2026-Q2..2026-08-05", "2026-04-01", "2026-08-05"),
        ("month-2..yesterday", "2026-08-01", "2026-10-12"),
        ("  YESTERDAY ", "2026-10-12", "2026-10-12"),
    ],
)
def test_a_range_means_whole_days_both_included(text: str, first: str, last: str) -> None:
    period = parse_period(text, TUESDAY)
    assert str(period) == (first if first == last else f"{first}..{last}")
    assert period.start == date.fromisoformat(first)


@pytest.mark.parametrize("text", ["all", "", "ALL"])
def test_all_is_open_at_both_ends(text: str) -> None:
    assert parse_period(text, TUESDAY) == ALL == Period(None, None)
    assert str(ALL) == "all"


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "2026-13", "2026-00", "2026-Q5", "2026-02-30", "26-10", "2026-10-13..", "..2026-10-13"),
        *("last-someday", "last-d", "last--1d", "month-x", "month--1", "0000", "9999-12", "last-99999999d"),
        *("month-99999", "2026-05-01..2026-06-30..2026-07-01", "2026-W10-1", "20261013", "last-0d"),
    ],
)
def test_what_is_no_range_is_refused_with_the_ways_to_write_one(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_period(text, TUESDAY)
    assert raised.value.code == "E-RANGE-001"
    assert repr(text) in str(raised.value)
    assert "2026-Q2" in raised.value.hint


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        parse_period("2026-06-30..2026-05-01", TUESDAY)
    assert raised.value.code == "E-RANGE-002"
