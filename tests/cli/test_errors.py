"""Wrong input: exit code 2, words on stderr, or JSON with the code on stdout."""

import itertools
import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from typer.testing import Result

Run = Callable[..., Result]
WRONG = {
    "E-ASOF-001": "costs --as-of 2020-01-01",
    "E-ASOF-002": "costs --as-of someday",
    "E-CLASSIFY-001": "classify header.csv",
    "E-CLASSIFY-002": "classify outlay.yaml.csv",
    "E-DEMO-001": "demo .",
    "E-DIM-001": "costs --by taem",
    "E-DIM-002": "costs --by team,layer,service,region,account",
    "E-EXPORT-001": "export --focus 1.1 out.csv",
    "E-EXPORT-002": "export out.xlsx",
    "E-EXPORT-003": "export folder.csv",
    "E-FILE-001": "load missing.csv",
    "E-FILE-002": "load empty.csv",
    "E-FILTER-001": "costs --where team",
    "E-INIT-001": "init .",
    "E-LEDGER-001": "costs --workspace s3://bucket/costs",
    "E-LOAD-001": "load folder.csv",
    "E-LOAD-002": "load outlay.yaml.csv",
    "E-LOAD-003": "load --as focsu manual.csv.example",
    "E-LOAD-004": "load --replace --append-part manual.csv.example",
    "E-QUERY-001": "query 'DROP TABLE costs'",
    "E-QUERY-002": "query 'SELECT * FROM missing'",
    "E-RANGE-001": "costs --range 2026-13",
    "E-RANGE-002": "costs --range 2026-10..2026-09",
    "E-RATE-005": "costs --currency EUR",
    "E-WORK-001": "costs --workspace missing",
}


@pytest.fixture
def here(workspace: Path) -> Path:
    """A workspace with an empty file, a table that is no bill, one without rows, and a folder."""
    Path("empty.csv").touch()
    Path("header.csv").write_text("ServiceName,SkuId\n", encoding="utf-8")
    Path("outlay.yaml.csv").write_text("one,two\n1,2\n", encoding="utf-8")
    Path("folder.csv").mkdir()
    return workspace


@pytest.mark.parametrize("code", WRONG)
def test_wrong_input_is_told_in_words(outlay: Run, here: Path, snapshot: SnapshotAssertion, code: str) -> None:
    ran = outlay(*shlex.split(WRONG[code]))
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"{code} " in ran.stderr
    # The moment of the first entry is that of this run.
    assert ran.stderr.split("the first entry is of")[0].rstrip() == snapshot


@pytest.mark.parametrize("code", WRONG)
def test_wrong_input_is_told_in_json(outlay: Run, here: Path, code: str) -> None:
    ran = outlay(*shlex.split(WRONG[code]), "--format", "json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["ok"], told["error"]["code"]) == (2, False, code)
    assert told["error"]["message"]
    assert told["error"]["hint"]


@pytest.mark.parametrize("words", ["costs --format xml", "costs --step year", "costs --top -1", "nothing", "load"])
def test_wrong_usage_ends_with_2_and_nothing_on_stdout(outlay: Run, here: Path, words: str) -> None:
    ran = outlay(*words.split())
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "Usage: outlay" in ran.stderr


def test_no_workspace_here_or_above(outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = outlay("costs")
    assert ran.exit_code == 2
    assert ran.stderr.startswith("error: E-WORK-002 no outlay.yaml here or above; outlay init DIR")


def test_init_and_demo_leave_a_file_of_that_name_alone(outlay: Run, here: Path) -> None:
    for name in ("init", "demo"):
        assert outlay(name, "empty.csv").exit_code == 2
    assert Path("empty.csv").read_bytes() == b""


def test_a_broken_configuration_is_told_with_its_place(outlay: Run, here: Path) -> None:
    with Path("outlay.yaml").open("a", encoding="utf-8") as stream:
        stream.write("\ncurency: EUR\n")
    ran = outlay("costs")
    assert ran.exit_code == 2
    assert "E-CONF-001 unknown key 'curency'" in ran.stderr
    assert "did you mean currency?" in ran.stderr


def test_a_busy_ledger_ends_with_1(outlay: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from outlay.ledger import lock

    with lock.locked(here / "ledger", ["tidy"]):
        monkeypatch.setattr(time, "monotonic", itertools.count(0, 60).__next__)
        ran = outlay("tidy")
    assert ran.exit_code == 1
    assert "E-LOCK-001" in ran.stderr


DAMAGED = {
    '{"x": [': "unexpected end of data at byte 8 of record 1",
    '[{"a": 1}, {"b":}, {"c": 1}]': "unexpected character at byte 6 of record 2",
}


@pytest.mark.parametrize("text", DAMAGED)
def test_damaged_json_is_told_with_its_place_beside_what_is_loaded(outlay: Run, workspace: Path, text: str) -> None:
    Path("bad.json").write_text(text, encoding="utf-8")
    ran = outlay("load", "manual.csv.example", "bad.json")
    assert ran.exit_code == 0
    what = f"error: bad.json: E-FILE-011 not readable as JSON ({DAMAGED[text]}); the file is damaged or cut"
    assert ran.stderr.splitlines() == [f"{what}; export it again"]
