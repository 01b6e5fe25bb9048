"""What every command prints, in every format in which it matters."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.bills import charge, write_bill
from typer.testing import Result

Run = Callable[..., Result]
Scrub = Callable[[str], str]
DATA = Path(__file__).parents[1] / "data" / "cli"
FORMATS = ["table", "json", "csv", "markdown"]


def told(ran: Result, scrub: Scrub) -> dict[str, object]:
    return {"code": ran.exit_code, "stdout": scrub(ran.stdout), "stderr": scrub(ran.stderr)}


@pytest.fixture
def dirty(workspace: Path) -> Path:
    """A bill with an unreadable amount, tags that are no JSON, and a day that is none."""
    return Path(shutil.copy(DATA / "november_dirty.csv", workspace))


@pytest.mark.parametrize("form", FORMATS)
def test_init_says_what_it_wrote(
    outlay: Run, scrub: Scrub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(outlay("init", "ai-costs", "--format", form), scrub) == snapshot
    assert sorted(p.name for p in Path("ai-costs").iterdir()) == [".gitignore", "manual.csv.example", "outlay.yaml"]


@pytest.mark.parametrize("form", FORMATS)
def test_load_says_what_came_in_and_what_was_wrong(
    outlay: Run, scrub: Scrub, dirty: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    assert told(outlay("load", dirty.name, "--format", form), scrub) == snapshot


def test_the_same_load_again_changes_nothing(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion
) -> None:
    assert told(outlay("load", DATA / "october.csv"), scrub) == snapshot


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--by provider,service --cost billed",
        "--by team --step day",
        "--by service --top 2",
        "--by provider,service --step day --top 1",
        "--by team --where env:dev",
        "--by team --where team:serch",
        "--kind planned",
        "--by ''",
        "--range 2026-09",
        "--range 2026-10-02",
    ],
)
def test_costs_as_a_table(outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, words: str) -> None:
    assert told(outlay("costs", *(w.strip("'") for w in words.split())), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS[1:])
@pytest.mark.parametrize("words", ["--by layer", "--by service --top 2", "--by team --step day --top 1"])
def test_costs_for_programs(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, words: str, form: str
) -> None:
    assert told(outlay("costs", *words.split(), "--format", form), scrub) == snapshot


def test_a_rest_of_unknown_costs_is_unknown(outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    services = [charge("1", ServiceName=name, EffectiveCost="") for name in ("Disks", "Games", "Machines")]
    write_bill(tmp_path / "bill.csv", services)
    monkeypatch.chdir(tmp_path)
    assert outlay("init", "work").exit_code == outlay("load", "bill.csv", "-w", "work").exit_code == 0
    lines = outlay("costs", "-w", "work", "--by", "service", "--top", "2").stdout.splitlines()
    assert ["(the", "rest)", "USD", "unknown", "-"] in [line.split() for line in lines]


@pytest.mark.parametrize("form", FORMATS)
def test_sources_lists_deliveries(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    assert told(outlay("sources", "--format", form), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_sources_lists_formats(
    outlay: Run, scrub: Scrub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion, form: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(outlay("sources", "--formats", "--format", form), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_problems_lists_what_was_wrong(
    outlay: Run, scrub: Scrub, dirty: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    outlay("load", dirty.name)
    assert told(outlay("problems", "--format", form), scrub) == snapshot


def test_no_problems_are_said_to_be_none(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion
) -> None:
    assert told(outlay("problems"), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_export_says_how_much(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    assert told(outlay("export", "out/october.csv", "--format", form), scrub) == snapshot
    assert len(Path("out/october.csv").read_text(encoding="utf-8").splitlines()) == 8


@pytest.mark.parametrize("form", FORMATS[:2])
def test_an_export_of_nothing_says_why(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    where = "provider:opnai service:xyz"
    assert told(outlay("export", "none.csv", "--where", where, "--format", form), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_query_shows_rows(outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, form: str) -> None:
    sql = (
        "SELECT ServiceName, sum(BilledCost) AS billed, 0.000000000000 AS zero, min(ChargePeriodStart) AS first, "
        "NULL AS nothing, 1e999 AS endless FROM costs GROUP BY 1 ORDER BY 1"
    )
    assert told(outlay("query", sql, "--format", form), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_classify_says_what_rows_paid_for(outlay: Run, scrub: Scrub, snapshot: SnapshotAssertion, form: str) -> None:
    assert told(outlay("classify", DATA / "rows.csv", "--format", form), scrub) == snapshot


@pytest.mark.parametrize("form", FORMATS)
def test_tidy_says_what_it_would_do(
    outlay: Run, scrub: Scrub, workspace: Path, snapshot: SnapshotAssertion, form: str
) -> None:
    assert told(outlay("tidy", "--dry-run", "--format", form), scrub) == snapshot


def test_the_demo_shows_a_company(demo: tuple[Path, Result], scrub: Scrub, snapshot: SnapshotAssertion) -> None:
    assert told(demo[1], scrub) == snapshot


def test_the_next_command_of_the_demo_has_the_same_total(
    outlay: Run, demo: tuple[Path, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shutil.copytree(demo[0], tmp_path / "northwind").parent)
    next_line = demo[1].stdout.splitlines()[-1]
    told = outlay(*next_line.removeprefix("next: outlay ").split()).stdout
    assert _ai_in_all(told) == _ai_in_all(demo[1].stdout) == "2,081,324.77"


def _ai_in_all(text: str) -> str:
    line = next(line for line in text.splitlines() if line.startswith("AI in all"))
    return line.removeprefix("AI in all").removeprefix(":").split()[0]


def test_an_empty_ledger_says_how_to_fill_it(
    outlay: Run, scrub: Scrub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    outlay("init", tmp_path / "new")
    monkeypatch.chdir(tmp_path / "new")
    assert {name: told(outlay(name), scrub) for name in ("costs", "sources", "problems", "tidy")} == snapshot
    assert outlay("export", "none.csv").stderr.startswith("No charges here.")
