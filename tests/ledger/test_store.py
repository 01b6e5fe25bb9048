"""The store: Delta tables of Parquet files that one function writes and one reads."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import charge, workspace, write_bill

from outlay.ledger.engine import connect, parquet
from outlay.ledger.store import append, empty_relation, ledger_folder, list_files, open_table, write_file
from outlay.ledger.tables import COSTS, PARTITIONS, TABLES
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError
from outlay.workspace import Workspace


@pytest.mark.parametrize(
    "url", ["s3://bucket/work", "gs://bucket", "abfss://c@a.dfs.core.windows.net/x", "https://x/y"]
)
def test_an_object_store_is_refused(url: str) -> None:
    for opening in (ledger_folder, Workspace):
        with pytest.raises(InputError) as raised:
            opening(url)
        assert raised.value.code == "E-LEDGER-001"
        assert url in raised.value.message
        assert "folder" in raised.value.hint


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        Workspace(tmp_path / "none")


def test_an_empty_ledger_reads_as_no_rows(tmp_path: Path) -> None:
    opened = workspace(tmp_path)
    for name in ("charges", "costs"):
        sql = f"SELECT count(*), sum(BilledCost) FROM {opened.relation(name)}"
        assert opened.connection.execute(sql).fetchall() == [(0, None)]
    assert list_files(opened.ledger, "charges") == []
    assert not (opened.ledger / "charges").exists()


def test_a_file_that_no_log_names_does_not_exist(tmp_path: Path) -> None:
    connection = connect()
    problem = f"SELECT * FROM {empty_relation(TABLES['problems'])}"
    write_file(connection, tmp_path, "problems", problem)
    assert list_files(tmp_path, "problems") == []
    append(connection, tmp_path, "problems", problem)
    assert len(list_files(tmp_path, "problems")) == 1


@pytest.mark.parametrize("name", TABLES)
def test_what_is_written_has_the_types_of_the_table(tmp_path: Path, name: str) -> None:
    connection = connect()
    append(connection, tmp_path, name, f"SELECT * FROM {empty_relation(TABLES[name])}", "batch")
    described = connection.execute(f"DESCRIBE SELECT * FROM {parquet(list_files(tmp_path, name))}").fetchall()
    types = {"TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
    wanted = [(c.name, types.get(c.sql_type, c.sql_type)) for c in TABLES[name]]
    assert [(row[0], row[1]) for row in described] == wanted
    delta = {f.name for f in open_table(tmp_path, name).schema().fields}
    assert delta == {c.name for c in TABLES[name]}


def test_files_are_listed_by_batch(tmp_path: Path) -> None:
    connection = connect()
    for batch in ("a", "b"):
        append(connection, tmp_path, "costs", f"SELECT * FROM {empty_relation(COSTS)}", batch)
    assert PARTITIONS["costs"] == "x_DeriveId"
    assert len(list_files(tmp_path, "costs")) == 2
    (only,) = list_files(tmp_path, "costs", {"b"})
    assert only.name.startswith("b-")
    assert list_files(tmp_path, "costs", {"none"}) == []


def test_an_older_file_without_a_column_reads_as_unknown(tmp_path: Path) -> None:
    """A release that adds a column reads the files of the one before."""
    connection = connect()
    old, young = tmp_path / "old.parquet", tmp_path / "young.parquet"
    connection.execute(f"COPY (SELECT 1 AS a) TO {literal(str(old))}")
    connection.execute(f"COPY (SELECT 2 AS a, 'x' AS b) TO {literal(str(young))}")
    found = connection.execute(f"SELECT a, b FROM {parquet([old, young])} ORDER BY a").fetchall()
    assert found == [(1, None), (2, "x")]


def test_long_and_odd_names_do_not_reach_the_file_system(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "it's a folder")
    account = "acct/../" + "ü" * 300
    opened.load([write_bill(tmp_path / "bill.csv", [charge("1.5", BillingAccountId=account)])])
    assert opened.journal.live()[0].account == account
    assert all(len(p.name) < 80 for p in opened.ledger.rglob("*"))
    assert opened.connection.execute(f"SELECT sum(BilledCost) FROM {opened.relation('costs')}").fetchall() == [
        (Decimal("1.5"),)
    ]


def test_delta_counts_the_rows_of_a_file(tmp_path: Path) -> None:
    connection = connect()
    columns = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {quoted(c.name)}" for c in TABLES["problems"])
    append(connection, tmp_path, "problems", f"SELECT {columns}")
    (log,) = [json.loads(line) for line in _last_log(tmp_path / "problems").splitlines() if '"add"' in line]
    assert json.loads(log["add"]["stats"])["numRecords"] == 1


def _last_log(table: Path) -> str:
    return max((table / "_delta_log").glob("*.json")).read_text()
