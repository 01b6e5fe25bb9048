"""Questions of one's own: one SELECT over the ledger, and nothing else of the machine."""

from pathlib import Path
from typing import Any

import pytest
from tests.bills import days, total, workspace, write_bill

from outlay.ledger.console import run
from outlay.model.problem import InputError
from outlay.workspace import Workspace


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("console")
    made = workspace(folder / "work")
    made.load([write_bill(folder / "bill.csv", days(1, 3, "1.5"))])
    return made


def ask(opened: Workspace, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    return run(opened.ledger, {name: opened.relation(name) for name in ("charges", "costs")}, sql)


def refusal(opened: Workspace, sql: str) -> str:
    with pytest.raises(InputError) as raised:
        ask(opened, sql)
    assert "DESCRIBE costs" in raised.value.hint
    return raised.value.code


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT count(*) FROM costs", [(3,)]),
        ("SELECT count(*) FROM charges;", [(3,)]),
        ("SELECT count(*) FROM problems -- none", [(0,)]),
        ("WITH c AS (SELECT * FROM costs) SELECT kind, count(*) FROM journal, c GROUP BY 1", [("deliver", 3)]),
        ("FROM costs SELECT max(BilledCost)", None),
        ("VALUES (1)", [(1,)]),
        ("SELECT column_name FROM (DESCRIBE costs) WHERE column_name = 'x_Team'", [("x_Team",)]),
    ],
)
def test_one_select_is_answered(opened: Workspace, sql: str, rows: list[tuple[Any, ...]] | None) -> None:
    _, found = ask(opened, sql)
    assert len(found) == 1
    assert rows is None or found == rows


def test_the_columns_of_a_table_can_be_asked_for(opened: Workspace) -> None:
    _, rows = ask(opened, "DESCRIBE costs")
    assert {"BilledCost", "x_Layer"} <= {row[0] for row in rows}


def test_times_come_out_as_utc_text(opened: Workspace) -> None:
    sql = "SELECT ChargePeriodStart, ChargePeriodStart, CAST(NULL AS TIMESTAMPTZ) AS t FROM costs ORDER BY 1 LIMIT 1"
    columns, rows = ask(opened, sql)
    assert columns == ["ChargePeriodStart", "ChargePeriodStart", "t"]
    assert rows == [("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z", None)]


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "-- nothing",
        "SELECT 1; SELECT 2",
        "SELECT 1; DROP VIEW costs",
        "DROP VIEW costs",
        "DELETE FROM costs",
        "INSERT INTO costs SELECT * FROM costs",
        "UPDATE costs SET BilledCost = 0",
        "CREATE TABLE t AS SELECT 1",
        "COPY costs TO 'out.csv'",
        "EXPORT DATABASE 'out'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "PRAGMA database_list",
        "CALL duckdb_tables()",
    ],
)
def test_anything_but_one_select_is_refused(opened: Workspace, sql: str) -> None:
    assert refusal(opened, sql) == "E-QUERY-001"


@pytest.mark.parametrize(
    "source",
    [
        "read_csv('/etc/passwd')",
        "read_text('/etc/passwd')",
        "read_blob('/proc/self/environ')",
        "read_parquet('/etc/passwd')",
        "sniff_csv('/etc/passwd')",
        "parquet_metadata('/etc/passwd')",
        "glob('/etc/*')",
        "'/etc/passwd'",
        "query('DROP VIEW costs')",
        "read_text('{ledger}/../outlay.yaml')",
        "read_text('{folder}/outlay.yaml')",
        "read_csv('https://example.com/x.csv')",
    ],
)
def test_no_other_file_can_be_read(opened: Workspace, source: str) -> None:
    sql = "SELECT * FROM " + source.format(ledger=opened.ledger, folder=opened.folder)
    assert refusal(opened, sql) == "E-QUERY-002"


def test_a_link_inside_the_ledger_leads_nowhere(opened: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a,b\n1,2\n")
    (opened.ledger / "link.csv").symlink_to(secret)
    assert refusal(opened, f"SELECT * FROM read_csv('{opened.ledger}/link.csv')") == "E-QUERY-002"


@pytest.mark.parametrize("sql", ["SELECT", "SELECT nothing FROM costs", "SELECT ?", "SELECT CAST('x' AS INTEGER)"])
def test_a_wrong_select_is_told_in_words(opened: Workspace, sql: str) -> None:
    assert refusal(opened, sql) == "E-QUERY-002"


def test_questions_change_nothing(opened: Workspace) -> None:
    before = sorted(p.name for p in opened.ledger.rglob("*") if p.is_file() and p.name != "link.csv")
    ask(opened, "SELECT sum(BilledCost) FROM costs")
    after = sorted(p.name for p in opened.ledger.rglob("*") if p.is_file() and p.name != "link.csv")
    assert before == after
    assert total(opened) == 4.5


def test_an_empty_ledger_can_be_asked(tmp_path: Path) -> None:
    assert ask(workspace(tmp_path), "SELECT count(*) FROM costs, journal, problems")[1] == [(0,)]
