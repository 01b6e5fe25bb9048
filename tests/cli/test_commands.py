"""What every command prints, in every format in which it matters."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    assert sorted(p.name for p in Path("ai-costs").iterdir()) == [
        ".gitignore",
        "manual.csv.example",
        "outlay.yaml",
        "plans",
    ]


def test_init_goes_into_a_folder_of_other_files(
    outlay: Run, scrub: Scrub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bills").mkdir()
    Path(".gitignore").write_text("*.tmp\n", encoding="utf-8")
    assert told(outlay("init", "."), scrub) == snapshot
    assert Path(".gitignore").read_text(encoding="utf-8") == "*.tmp\n"
    assert sorted(p.name for p in Path().iterdir()) == [
        ".gitignore", "bills", "manual.csv.example", "outlay.yaml", "plans",
    ]  # fmt: skip


def test_init_writes_a_plan_that_can_be_shown(outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert outlay("init", ".").exit_code == 0
    for command in ("plan show", "plan check", "plan simulate", "plan breakeven", "gate"):
        ran = outlay(*command.split(), "plans/starter.yaml")
        assert ran.exit_code == 0, f"{command}: {ran.stderr}"
    ran = outlay("plan", "ask", "plans/starter.yaml", "10x")
    assert (ran.exit_code, "p80_month" in ran.stdout) == (0, True)
    assert outlay("load", "plans/starter.yaml").exit_code == 0


def test_a_starter_plan_that_is_there_stays(outlay: Run, tmp_path: Path) -> None:
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "starter.yaml").write_text("plan: mine\n", encoding="utf-8")
    assert outlay("init", tmp_path).exit_code == 0
    assert (tmp_path / "plans" / "starter.yaml").read_text(encoding="utf-8") == "plan: mine\n"


@pytest.mark.parametrize("name", ["outlay.yaml", "manual.csv.example", "ledger"])
def test_init_overwrites_nothing(outlay: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")
    ran = outlay("init", tmp_path)
    assert ran.exit_code == 2
    assert f"E-INIT-001 {tmp_path} has {name} already" in ran.stderr
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [(name, "mine")]


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


def test_a_delivery_can_be_removed_and_comes_back_with_its_file(
    outlay: Run, ask: Callable[..., Any], workspace: Path
) -> None:
    first, second = ask("sources")["deliveries"]
    total = ask("costs")["total"]
    assert outlay("sources", "--remove", "nothing").exit_code == 2
    ran = outlay("sources", "--remove", first["delivery_id"])
    assert ran.stderr.startswith(f"removed {first['rows']} rows")
    assert [d["delivery_id"] for d in ask("sources")["deliveries"]] == [second["delivery_id"]]
    assert ask("costs", "--as-of", max(d["recorded_at"] for d in (first, second)))["total"] == total
    assert ask("costs")["total"] != total
    outlay("load", DATA / "october.csv")
    assert ask("costs")["total"] == total


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


def test_a_load_that_brings_nothing_does_not_point_to_its_problems(outlay: Run, dirty: Path) -> None:
    """They are recorded with what was loaded: the first time."""
    assert "outlay problems" in outlay("load", dirty.name).stdout
    again = outlay("load", dirty.name)
    assert again.stdout.splitlines()[-1] == "next: outlay costs"
    assert again.stdout.splitlines()[-2].startswith("0 rows loaded, ")


def test_rows_that_are_left_out_are_counted(outlay: Run, ask: Callable[..., Any], workspace: Path) -> None:
    """Two rows are no charges, one line is no row, and one row loads without its quantity: 3 left out."""
    rows = ["2026-10-01,a,1,1", "someday,a,1,1", "2026-10-02,a,,1", "2026-10-03,a,1,1,1", "2026-10-04,a,1,x"]
    Path("mine.csv").write_text("\n".join(["date,service,amount,quantity", *rows, ""]), encoding="utf-8")
    data = ask("load", "mine.csv")
    assert (data["deliveries"][0]["rows"], data["left_out"], len(data["problems"])) == (2, 3, 4)
    assert "0 rows loaded, 3 left out, 4 in problems" in outlay("load", "mine.csv").stdout


def test_a_problem_keeps_to_its_line_of_the_table(outlay: Run, ask: Callable[..., Any], workspace: Path) -> None:
    Path("mine.csv").write_text('date,service,amount\n2026-10-01,a,1\n"some\nday",a,1\n', encoding="utf-8")
    outlay("load", "mine.csv")
    row = outlay("problems").stdout.splitlines()[2]
    assert "some\\nday" in row
    assert "E-MANUAL-001" in row
    assert [p["value"] for p in ask("problems")["problems"]] == ["some\nday"]


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
    next_line = next(line for line in demo[1].stdout.splitlines() if line.startswith("next: "))
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
