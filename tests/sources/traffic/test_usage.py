"""A plain table of calls: windows, counts with decimals, times that are numbers, and columns that nobody named."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.bills import workspace, write_parquet
from tests.calls import EACH, ask, call, metered, write_calls
from tests.sources.traffic.conftest import ReadCalls

from outlay.sources.source import Given

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parquet(path: Path, values: str, column: str) -> Path:
    """Calls of a Parquet file that differ in one column."""
    usual = {"time": "'2026-10-05T10:00:00Z'", "provider": "'openai'", "model": "'gpt-4o'", "input": "10000"}
    named = ", ".join(f"{sql} AS {name}" for name, sql in usual.items() if name != column)
    return write_parquet(path, f"SELECT {named}, 1000 AS output, v AS {column} FROM (VALUES {values}) AS t(v)")


# What a row says in the place of usual values: the problems, with the values of the file, and the tokens and requests.
ODD: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]], tuple[int | None, int | None]]] = {
    "no number": ({"tokens": "nan", "requests": 5}, [("E-ROW-002", "input", "nan")], (None, 5)),
    "without end": ({"tokens": "inf", "requests": 5}, [("E-ROW-002", "input", "inf")], (None, 5)),
    "a word": ({"tokens": "ten", "requests": 5}, [("E-ROW-002", "input", "ten")], (None, 5)),
    "no requests": ({"requests": 0}, [("W-CALL-007", "requests", "0")], (0, 0)),
    "a total of no requests": (
        {"requests": 0, "counts": "total"},
        [("W-CALL-007", "requests", "0")],
        (10_000, 0),
    ),
    "a mean of nothing": ({"tokens": 0, "output": 0, "requests": 0}, [], (0, 0)),
    "a rate times a duration": ({"requests": "2.9999999999"}, [], (30_000, 3)),
    "requests below zero": ({"requests": -5}, [("E-CALL-001", "requests", "-5")], (10_000, None)),
    "requests beyond": ({"requests": 2 * 10**15}, [("E-CALL-001", "requests", str(2 * 10**15))], (10_000, None)),
    "endless requests": ({"requests": "inf"}, [("E-ROW-002", "requests", "inf")], (10_000, None)),
    "a part of a request": ({"requests": "2.5"}, [("W-CALL-008", "requests", "2.5")], (25_000, 3)),
    "a mean with decimals": ({"tokens": "1000.5", "requests": 10}, [], (10_005, 10)),
    "a total": ({"requests": 10, "counts": "total"}, [], (10_000, 10)),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_window_is_told_as_the_file_has_it(read_calls: ReadCalls, tmp_path: Path, name: str) -> None:
    said, problems, kept = ODD[name]
    rows = [call(**{"requests": 1, "counts": "", **row}) for row in ({}, said)]
    found = read_calls(write_calls(tmp_path / "calls.csv", rows))
    assert [(p.code, p.column, p.value) for p in found.staged.problems] == problems
    assert [(e.get("input"), e.get("requests")) for e in found.events] == [(10_000, 1), kept]


@pytest.mark.parametrize(("tokens", "requests"), [("-7", 3), ("1e30", 5), (10**14, 20), (2 * 10**15, "")])
def test_a_count_that_no_call_has_is_unknown(tmp_path: Path, tokens: object, requests: object) -> None:
    opened = workspace(tmp_path / "work")
    rows = [call(requests=1), call(tokens=str(tokens), requests=requests)]
    told = opened.load([write_calls(tmp_path / "calls.csv", rows)]).problems
    assert [(p.code, p.row, p.column, p.value) for p in told] == [("E-CALL-001", 2, "input", str(tokens))]
    assert metered(opened)[1] == EACH


def test_a_part_of_a_token_is_rounded_and_told(read_calls: ReadCalls, tmp_path: Path) -> None:
    found = read_calls(write_calls(tmp_path / "calls.csv", [call("12.5"), call("12.0"), call(12)]))
    assert (found.problems, [e["input"] for e in found.events]) == ([("W-CALL-008", 1, "input")], [13, 12, 12])


def test_parts_in_columns_of_numbers(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    values = ", ".join(f"(CAST('{value}' AS DOUBLE))" for value in ("12.25", "12", "inf", "nan"))
    told = opened.load([parquet(tmp_path / "calls.parquet", values, "input")]).problems
    assert [(p.code, p.row) for p in told] == [("W-CALL-008", 1), ("E-ROW-002", 3), ("E-ROW-002", 4)]
    assert ask(opened, "SELECT input FROM {} ORDER BY x_RowId") == [(12,), (12,), (None,), (None,)]


def test_times_that_are_numbers_ask_for_their_origin(read_calls: ReadCalls, tmp_path: Path) -> None:
    file = write_calls(tmp_path / "calls.csv", [call(time="1759300000"), call(time=1759300001.5), call(time="soon")])
    found = read_calls(file)
    assert found.problems == [("E-ROW-004", row, "time") for row in (1, 2, 3)]
    assert ["--origin 1970-01-01T00:00:00Z" in p.hint for p in found.staged.problems] == [True, True, False]
    assert found.staged.left_out == 3
    anchored = read_calls(file, given=Given(origin=EPOCH))
    assert anchored.problems == [("E-ROW-004", 3, "time")]
    assert [e["time"].timestamp() for e in anchored.events] == [1759300000, 1759300001.5]


@pytest.mark.parametrize("time", ["1e30", "inf", "nan", "-1e9", "9e11"])
def test_no_number_of_seconds_stops_a_load(read_calls: ReadCalls, tmp_path: Path, time: str) -> None:
    file = write_calls(tmp_path / "calls.csv", [call(time=5), call(time=time)])
    found = read_calls(file, given=Given(origin=EPOCH))
    assert [(p.code, p.row, p.value) for p in found.staged.problems] == [("E-ROW-004", 2, time)]
    assert len(found.events) == 1


def test_columns_that_nobody_named_are_told(read_calls: ReadCalls, tmp_path: Path) -> None:
    row = {"time": "2026-10-05T10:00:00Z", "model": "gpt-4o", "Input_Tokens": 5, "completion_tokens": 2, "cost": 1}
    file = write_calls(tmp_path / "calls.csv", [row])
    (note,) = read_calls(file, given=Given(columns={"input": "Input_Tokens"})).staged.notes
    assert note == (
        "calls.csv: not read: completion_tokens, cost; --map output=completion_tokens,stated_cost=cost reads them"
    )
    named = Given(columns={"input": "Input_Tokens", "output": "completion_tokens", "stated_cost": "cost"})
    assert read_calls(file, given=named).staged.notes == ()


def test_a_second_name_of_what_is_read_is_not_told(read_calls: ReadCalls, tmp_path: Path) -> None:
    assert read_calls(write_calls(tmp_path / "calls.csv", [call(prompt_tokens=1)])).staged.notes == ()


def test_parquet_is_checked_as_text_is(read_calls: ReadCalls, tmp_path: Path) -> None:
    rows = ["time,provider,model,requests,input,cache_read,output"]
    rows += [
        f"2026-10-05T10:00:0{n}Z,openai,gpt-4o,{said}" for n, said in enumerate(["2,100,0,5", "1,-7,0,5", "3,5,9,1"])
    ]
    rows += ["9999-12-31T00:00:00Z,openai,gpt-4o,1,5,0,1", "2026-10-05T11:00:00Z,openai,gpt-4o,-4,5,0,1"]
    text = tmp_path / "calls.csv"
    text.write_text("\n".join(rows) + "\n")
    columns = tmp_path / "calls.parquet"
    duckdb.sql(f"COPY (FROM read_csv('{text}')) TO '{columns}'")
    csv, parquet = read_calls(text), read_calls(columns)
    assert parquet.events == csv.events
    assert sorted(code for code, *_ in parquet.problems) == sorted(code for code, *_ in csv.problems)
    assert {code for code, *_ in csv.problems} >= {"E-CALL-001", "W-CALL-002", "E-ROW-004"}
