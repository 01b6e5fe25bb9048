"""A load of several kinds of files: it is all or nothing, and everything that was wrong is recorded once."""

import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.bills import days, rows, total, workspace, write_bill
from tests.calls import ask, call, metered, write_calls

from outlay.ledger.tidy import tidy
from outlay.model.problem import InputError
from outlay.workspace import Workspace


def bill(folder: Path) -> Path:
    return write_bill(folder / "bill.csv", days(1, 5))


def calls(folder: Path) -> Path:
    return write_calls(folder / "calls.csv", [call()])


def outcomes(folder: Path, *lines: str) -> Path:
    return table(folder / "outcomes.csv", *(lines or ("search,2026-10-01,10,3",)))


def table(path: Path, *lines: str, header: str = "feature,day,attempts,successes") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def codes(opened: Workspace) -> list[str]:
    return sorted(p.code for p in opened.problems())


@pytest.mark.parametrize("kinds", [[bill], [calls], [outcomes], [bill, calls], [bill, calls, outcomes]])
def test_a_file_that_cannot_be_read_is_recorded_beside_any_other(
    tmp_path: Path, kinds: Sequence[Callable[[Path], Path]]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"x": [')
    opened = workspace(tmp_path / "work")
    files = [*(make(tmp_path) for make in kinds), bad, tmp_path / "none.csv"]
    told = sorted(p.code for p in opened.load(files).problems)
    assert told == codes(opened) == ["E-FILE-001", "E-FILE-011"]
    # Nothing is loaded, so there is nothing to record it with.
    opened.load(files)
    assert codes(opened) == told


def test_files_of_one_name_have_their_own_problems(tmp_path: Path) -> None:
    """The first is loaded again beside a second one: its bad row is not recorded twice."""
    first = write_calls(tmp_path / "a" / "calls.csv", [call(), call("many")])
    second = write_calls(tmp_path / "b" / "calls.csv", [call(5), call("few")])
    opened = workspace(tmp_path / "work")
    opened.load([first])
    opened.load([first, second])
    assert sorted(p.value for p in opened.problems() if p.code == "E-ROW-002") == ["few", "many"]


def test_a_refused_bill_refuses_the_calls_of_its_load(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([bill(tmp_path)])
    entries = len(opened.journal.entries)
    fewer = write_bill(tmp_path / "fewer.csv", days(1, 4))
    with pytest.raises(InputError) as raised:
        opened.load([fewer, calls(tmp_path), outcomes(tmp_path)])
    assert raised.value.code == "E-LOAD-010"
    assert (len(opened.journal.entries), rows(opened, "events"), rows(opened, "outcomes")) == (entries, 0, 0)
    opened.load([fewer, calls(tmp_path)], replace_scope=True)
    assert total(opened) == 4
    assert metered(opened)[0] == 1


def test_outcomes_of_two_teams_both_count(tmp_path: Path) -> None:
    lines = ("search,red,2026-10-01,10,5,USD", "search,blue,2026-10-01,20,9,EUR")
    header = "feature,team,day,attempts,successes,currency"
    opened = workspace(tmp_path / "work")
    assert opened.load([table(tmp_path / "o.csv", *lines, header=header)]).problems == ()
    assert ask(opened, "SELECT team, attempts FROM {} ORDER BY 1", "outcomes") == [("blue", 20), ("red", 10)]


def test_a_row_that_repeats_another_of_its_file_is_told(tmp_path: Path) -> None:
    file = outcomes(tmp_path, "search,2026-10-01,10,5", "other,2026-10-01,1,1", "search,2026-10-01,20,9")
    opened = workspace(tmp_path / "work")
    (told,) = opened.load([file]).problems
    assert (told.code, told.row, told.count) == ("W-FACT-003", 1, 1)
    assert told.message == "a later row is about the same feature, tenant, team, day (here row 3) and counts instead"
    assert opened.problems() == [told]
    assert ask(opened, "SELECT feature, attempts FROM {} ORDER BY 1", "outcomes") == [("other", 1), ("search", 20)]


@pytest.mark.parametrize("names", [["a", "b", "c"], ["c", "a", "b"], ["b", "c", "a"]])
def test_of_files_of_one_load_the_last_named_counts(tmp_path: Path, names: list[str]) -> None:
    attempts = {"a": 10, "b": 20, "c": 30}
    opened = workspace(tmp_path / "work")
    opened.load([table(tmp_path / name, f"search,2026-10-01,{attempts[name]},1") for name in names])
    assert ask(opened, "SELECT attempts FROM {}", "outcomes") == [(attempts[names[-1]],)]


def test_calls_that_were_swept_are_said_to_be_gone(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    loaded = opened.load([calls(tmp_path)])
    then = datetime.now(UTC)
    opened.remove(loaded.deliveries[0].entry.delivery_id)
    opened.load([write_calls(tmp_path / "more.csv", [call(3)])])
    long_ago = time.time() - 3 * 86_400
    for path in opened.ledger.rglob("*.parquet"):
        os.utime(path, (long_ago, long_ago))
    tidy(opened.connection, opened.ledger, 0)
    for table in ("events", "costs"):
        with pytest.raises(InputError) as raised:
            rows(Workspace(opened.folder, as_of=then), table)
        assert raised.value.code == "E-ASOF-003"
