"""Whatever stands in the place of a value, a log is read: no record stops those beside it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.sources.traffic.conftest import DATA, ReadCalls, as_lines

from outlay.sources.formats import may_be_known

FIXTURES = sorted(path for path in DATA.rglob("*.json*"))
ODD = ("x", "{", "NaN", -1, 1e300, 10**30, None, [1, "a"], {"a": {"b": 1}})
# What they count depends on the records before.
RUNNING = ("vllm", "claude-code")


def records_in(path: Path) -> list[Any]:
    text = path.read_text(encoding="utf-8")
    try:
        found = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines()]
    return found if isinstance(found, list) else [found]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value inside a record."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (*path, key)
        yield from places(inner, (*path, key))


def changed(record: Any, path: tuple[Any, ...], value: object) -> Any:
    found = copy.deepcopy(record)
    at = found
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return found


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_value_stops_the_others(read_calls: ReadCalls, tmp_path: Path, path: Path) -> None:
    records = records_in(path)
    broken = [changed(records[0], at, odd) for at in places(records[0]) for odd in ODD]
    sound = read_calls(path)
    found = read_calls(as_lines([*records, *broken, *records], tmp_path / "odd.jsonl"))
    assert found.staged.source == sound.staged.source
    if found.staged.source not in RUNNING:
        assert [event for event in sound.events if found.events.count(event) < 2] == []


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_folder_may_hold_each_of_them(path: Path) -> None:
    assert may_be_known(path.read_text(encoding="utf-8"))
    assert not may_be_known('{"reportKeys": ["a"], "data": 1}')
