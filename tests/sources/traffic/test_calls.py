"""What no call can be, whatever its source: times out of this age, counts below zero or beyond all others."""

from pathlib import Path

import pytest
from tests.bills import workspace, write_parquet
from tests.calls import EACH, call, metered, write_calls
from tests.sources.traffic.conftest import ReadCalls

# No price holds then, and no day can be added to the last one.
NO_TIMES = (
    *("9999-12-31T10:00:00Z", "20260-01-01T00:00:00Z", "infinity", "-infinity"),
    *("0001-01-01 (BC) 00:00:00Z", "1969-12-31T23:59:59Z"),
)


@pytest.mark.parametrize("time", NO_TIMES)
def test_a_time_that_no_call_can_have_is_told_and_the_others_are_priced(tmp_path: Path, time: str) -> None:
    opened = workspace(tmp_path / "work")
    told = opened.load([write_calls(tmp_path / "calls.csv", [call(), call(time=time), call()])]).problems
    assert [(p.code, p.row, p.column, p.value) for p in told] == [("E-ROW-004", 2, "time", time)]
    assert "1970" in told[0].hint
    assert metered(opened) == (2, 2 * EACH)


def test_times_of_parquet_are_looked_at_too(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    values = "(TIMESTAMPTZ 'infinity'), (TIMESTAMPTZ '2026-10-05 10:00:00Z')"
    call_of = "'openai' AS provider, 'gpt-4o' AS model, 10000 AS input, 1000 AS output"
    rows = f"SELECT v AS time, {call_of} FROM (VALUES {values}) AS t(v)"
    file = write_parquet(tmp_path / "calls.parquet", rows)
    told = opened.load([file]).problems
    assert [(p.code, p.row, p.value) for p in told] == [("E-ROW-004", 1, "infinity")]
    assert metered(opened) == (1, EACH)


@pytest.mark.parametrize("tokens", [2 * 10**15, 9 * 10**18])
def test_the_largest_count_is_one_and_the_same_without_windows(tmp_path: Path, tokens: int) -> None:
    opened = workspace(tmp_path / "work")
    told = opened.load([write_calls(tmp_path / "calls.csv", [call(), call(tokens)])]).problems
    assert [(p.code, p.row, p.column) for p in told] == [("E-CALL-001", 2, "input")]
    assert metered(opened) == (2, EACH)


def test_an_input_below_zero_is_told_once(read_calls: ReadCalls, tmp_path: Path) -> None:
    found = read_calls(write_calls(tmp_path / "calls.csv", [call(-5, cache_read=""), call(-5, cache_read=100)]))
    assert found.problems == [("E-CALL-001", 1, "input"), ("E-CALL-001", 2, "input")]


def test_what_is_not_there_has_no_value(read_calls: ReadCalls, tmp_path: Path) -> None:
    found = read_calls(write_calls(tmp_path / "calls.csv", [call("", "")]))
    assert [(p.code, p.value) for p in found.staged.problems] == [("W-CALL-004", "")]
