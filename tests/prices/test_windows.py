"""Times of prices: what is left of one beside another overlaps neither it nor itself, and loses nothing."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outlay.prices.windows import Window

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
days = st.sampled_from(["2026-09-02", "2026-09-05", "2026-09-09"])
clocks = st.sampled_from(["", "00:00", "06:00", "12:30"])
ends = st.sampled_from(["", "13:00", "24:00"])
weeks = st.sampled_from(["", "1", "67", "12345"])
windows = st.builds(Window, st.just("") | days, st.just("") | days, weeks, clocks, ends).filter(
    lambda w: not w.until or w.first < w.until
)
moments = st.integers(0, 10 * 48).map(lambda halves: BEGIN + timedelta(minutes=30 * halves))


@given(windows, windows, moments)
def test_what_is_left_is_exactly_what_the_other_does_not_hold(one: Window, other: Window, at: datetime) -> None:
    left = list(one.without(other))
    assert sum(part.holds(at) for part in left) == (one.holds(at) and not other.holds(at))
    assert all(part.start < part.end for part in left)


@given(windows, windows, moments)
def test_two_that_hold_at_one_moment_meet(one: Window, other: Window, at: datetime) -> None:
    assert one.meets(other) or not (one.holds(at) and other.holds(at))
