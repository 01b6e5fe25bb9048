"""A call that is told twice counts once, whoever tells it and in whichever order; another call counts too."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from tests.bills import workspace
from tests.calls import EACH, Row, ask, call, metered, write_calls
from tests.spans import CASES, Case, Span, request, write

from outlay.sources.source import Given
from outlay.workspace import Workspace

A, B, C = (call(span_id=f"s{n}", time=f"2026-10-05T10:0{n}:00Z") for n in range(3))


def loaded(folder: Path, *loads: list[list[Row]]) -> Workspace:
    """A workspace after some loads, each of files, each of rows."""
    opened = workspace(folder / "work")
    for n, files in enumerate(loads):
        opened.load([write_calls(folder / f"{n}-{i}.csv", rows) for i, rows in enumerate(files)])
    return opened


def delivery(opened: Workspace, file: str) -> str:
    return next(e.delivery_id for e in opened.journal.live() if e.files[0]["name"] == file)


@pytest.mark.parametrize("loads", [[[[A, B, A]]], [[[A, B], [A]]], [[[A, B]], [[A]]], [[[A]], [[B, A]]]], ids=range(4))
def test_a_span_told_twice_counts_once(tmp_path: Path, loads: list[list[list[Row]]]) -> None:
    assert metered(loaded(tmp_path, *loads)) == (2, 2 * EACH)


def test_equal_rows_without_ids_are_two_calls(tmp_path: Path) -> None:
    assert metered(loaded(tmp_path, [[call(), call()]], [[call(), call(team="a")]])) == (4, 4 * EACH)


def test_an_empty_id_is_no_id(tmp_path: Path) -> None:
    assert metered(loaded(tmp_path, [[call(id=""), call(id="")], [call(id="r1")]])) == (3, 3 * EACH)


def test_an_id_of_two_providers_is_two_calls_and_of_two_spellings_one(tmp_path: Path) -> None:
    one = call(id="r1")
    opened = loaded(tmp_path, [[one]], [[{**one, "provider": "azure"}]])
    assert metered(opened)[0] == 2
    opened.load([write_calls(tmp_path / "again.csv", [{**one, "provider": "OpenAI", "team": "a"}])])
    assert metered(opened)[0] == 2


@pytest.mark.parametrize("order", [("spans.json", "spans.pb"), ("spans.pb", "spans.json")])
def test_the_same_spans_in_two_encodings_count_once(tmp_path: Path, order: tuple[str, str]) -> None:
    opened = workspace(tmp_path / "work")
    sent = [request(CASES)]
    opened.load([write(tmp_path / order[0], sent)])
    alone = metered(opened)
    opened.load([write(tmp_path / order[1], sent)])
    assert metered(opened) == alone
    opened.remove(delivery(opened, order[0]))
    assert metered(opened) == alone


ANSWER: Mapping[str, str] = {"gen_ai.response.id": "resp-7"}


@pytest.mark.parametrize("together", [True, False])
def test_a_framework_and_its_sdk_tell_one_answer(tmp_path: Path, together: bool) -> None:
    usual = CASES[0].spans[0].attributes
    framework = Case("framework", (Span({**usual, **ANSWER}),), EACH)
    sdk = Case("sdk", (Span({**usual, **ANSWER}),), EACH)
    retry = Case("retry", (Span({**usual, "gen_ai.response.id": "resp-8"}),), EACH)
    opened = workspace(tmp_path / "work")
    files = [write(tmp_path / f"{n}.json", [request([c], first=n)]) for n, c in enumerate([framework, sdk, retry])]
    for load in [files] if together else [[f] for f in files]:
        opened.load(load)
    assert metered(opened) == (2, 2 * EACH)


def bucket(tokens: int, day: str = "2026-10-05", **columns: object) -> Row:
    """An hour of calls as an API of usage tells it."""
    return call(tokens, 0, time=f"{day}T10:00:00Z", id=f"hour-{day}", **columns)


def test_a_bucket_fetched_again_replaces_the_smaller_one(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [[bucket(1_000_000)]], [[bucket(4_000_000)]])
    assert metered(opened) == (1, Decimal(10))
    kinds = [(e.kind, e.files[0]["name"]) for e in opened.journal.entries]
    assert sorted(kinds) == [("deliver", "0-0.csv"), ("deliver", "1-0.csv"), ("derive", "0-0.csv")]
    opened.load([write_calls(tmp_path / "late.csv", [bucket(2_000_000, team="late")])])
    assert metered(opened) == (1, Decimal(10))


def test_the_other_calls_of_a_delivery_written_again_stay(tmp_path: Path) -> None:
    """The first delivery has a call that the second repeats, and a bucket that the third replaces."""
    opened = loaded(tmp_path, [[A, bucket(1_000_000)]], [[A]], [[bucket(4_000_000)]])
    assert metered(opened) == (2, EACH + 10)


WAYS: dict[str, list[list[list[Row]]]] = {
    "the first has more": [[[A, B, C]], [[A, B]]],
    "the second has more": [[[A, B]], [[A, B, C]]],
    "one load": [[[A, B], [A, B, C]]],
    "three tell it": [[[A, B]], [[A, C]], [[C, B, A]]],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_delivery_removed_gives_its_calls_back_to_those_that_tell_them_too(tmp_path: Path, way: str) -> None:
    loads = WAYS[way]
    opened = loaded(tmp_path, *loads)
    assert metered(opened) == (3, 3 * EACH)
    names = [f"{n}-{i}.csv" for n, files in enumerate(loads) for i in range(len(files))]
    rows = dict(zip(names, [rows for files in loads for rows in files], strict=True))
    while len(names) > 1:
        gone = names.pop(0)
        opened.remove(delivery(opened, gone))
        left = {row["span_id"] for name in names for row in rows[name]}
        assert metered(opened) == (len(left), len(left) * EACH)


def test_a_larger_bucket_removed_brings_the_smaller_one_back(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [[bucket(1_000_000)]], [[bucket(4_000_000)]])
    opened.remove(delivery(opened, "1-0.csv"))
    assert metered(opened) == (1, Decimal("2.5"))


LINKED = [call(9_000, 0, span_id="s", id="r"), call(span_id="s"), call(8_000, 0, id="r")]


ORDERS = [[LINKED[n] for n in order] for order in permutations(range(3))]


@pytest.mark.parametrize("rows", ORDERS)
@pytest.mark.parametrize("apart", [True, False])
def test_tellings_that_a_third_one_links_are_of_one_call(tmp_path: Path, rows: list[Row], apart: bool) -> None:
    opened = loaded(tmp_path, *([[[row]] for row in rows] if apart else [[rows]]))
    assert metered(opened) == (1, EACH)


def test_the_same_file_again_changes_nothing_and_with_other_words_takes_its_place(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    file = write_calls(tmp_path / "calls.csv", [call(), call()])
    first = Given(constants={"team": "search"})
    assert [d.status for d in opened.load([file], given=first).deliveries] == ["loaded"]
    entries = len(opened.journal.entries)
    assert [d.status for d in opened.load([file], given=first).deliveries] == ["unchanged"]
    assert len(opened.journal.entries) == entries
    other = Given(constants={"team": "support"})
    assert [d.status for d in opened.load([file], given=other).deliveries] == ["loaded"]
    teams = ask(opened, "SELECT team, count(*) FROM {} GROUP BY 1 ORDER BY 1")
    assert teams == [("support", 2)]
    assert metered(opened)[0] == 2
