"""Export: FOCUS files that come back as they were."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from tests.bills import charge, days, summed, total, workspace, write_bill

from outlay.ledger.export import OURS, VERSIONS, export
from outlay.model.charge import columns_of, focus_columns
from outlay.model.problem import InputError
from outlay.workspace import Workspace


def written(opened: Workspace, path: Path, version: str = "1.3") -> list[dict[str, str]]:
    export(opened.connection, opened.relation("costs"), version, path)
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.fixture
def opened(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path / "work", "attribution:\n  - {name: team tag, set: team, tag: team}\n")
    made.load([write_bill(tmp_path / "bill.csv", [charge("0.10", team="search"), charge("-12345678901.000000000001")])])
    return made


@pytest.mark.parametrize("version", VERSIONS)
def test_the_columns_are_those_of_the_version_and_then_ours(opened: Workspace, tmp_path: Path, version: str) -> None:
    rows = written(opened, tmp_path / "out.csv", version)
    assert list(rows[0]) == [c.name for c in (*columns_of(version), *OURS)]


@pytest.mark.parametrize("version", VERSIONS)
def test_no_mandatory_column_is_empty(opened: Workspace, tmp_path: Path, version: str) -> None:
    needed = {c.name for c in columns_of(version) if not c.nullable}
    for row in written(opened, tmp_path / "out.csv", version):
        assert {name for name in needed if row[name] == ""} == set()


def test_numbers_are_plain_and_times_are_utc(opened: Workspace, tmp_path: Path) -> None:
    first, second = written(opened, tmp_path / "deep" / "er" / "out.csv.gz")
    assert (first["BilledCost"], second["BilledCost"]) == ("0.1", "-12345678901.000000000001")
    assert first["PricingQuantity"] == "1.0"
    assert (first["ChargePeriodStart"], first["x_Team"]) == ("2026-10-01T00:00:00Z", "search")
    assert first["CommitmentDiscountId"] == ""


def test_an_unknown_version_or_ending_is_refused(opened: Workspace, tmp_path: Path) -> None:
    for version, name, code in (("1.0", "x.csv", "E-EXPORT-001"), ("1.3", "x.xlsx", "E-EXPORT-002")):
        with pytest.raises(InputError) as raised:
            export(opened.connection, opened.relation("costs"), version, tmp_path / name)
        assert raised.value.code == code
        assert "known" in raised.value.hint or "end it" in raised.value.hint


def test_columns_of_others_survive_the_way_out_and_back(tmp_path: Path) -> None:
    """x_Vendor is no column of FOCUS or ours: it is kept with the row, however often it is exported."""
    bill = [{**charge("1"), "x_Vendor": 'said, "so"'}]
    file = write_bill(tmp_path / "bill.csv", bill)
    for turn in range(3):
        opened = workspace(tmp_path / f"turn-{turn}")
        assert opened.load([file]).problems == ()
        (row,) = written(opened, tmp_path / f"out-{turn}.csv")
        file = tmp_path / f"out-{turn}.csv"
        assert json.loads(row["x_Extra"])["x_Vendor"] == 'said, "so"'


def test_metered_and_planned_rows_come_back(tmp_path: Path) -> None:
    kinds = [
        {**charge("0"), "x_RecordKind": "metered", "x_MeteredCost": "2.5"},
        {**charge("0"), "x_RecordKind": "planned", "x_PlannedCost": "4.5"},
        charge("1"),
    ]
    opened, back = workspace(tmp_path / "work"), workspace(tmp_path / "back")
    opened.load([write_bill(tmp_path / "bill.csv", kinds)])
    export(opened.connection, opened.relation("costs"), "1.4", tmp_path / "out.parquet")
    back.load([tmp_path / "out.parquet"])
    for column in ("BilledCost", "x_MeteredCost", "x_PlannedCost"):
        assert total(back, column) == total(opened, column) > 0


def test_an_empty_ledger_exports_a_header(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    assert written(opened, tmp_path / "out.csv") == []
    header = (tmp_path / "out.csv").read_text().splitlines()[0].split(",")
    assert set(header) >= {c.name for c in focus_columns() if c.is_in("1.3")}


def test_the_sum_of_the_file_is_the_sum_of_the_ledger(tmp_path: Path) -> None:
    yaml = "attribution:\n  - {name: t, set: team, tag: team}\nsplit:\n  - {name: p, when: {team: p}, to: team}\n"
    bill = [*days(1, 7, "0.1", team="p"), *days(1, 3, "1", team="a"), *days(1, 3, "1", team="b"), charge(1, team="c")]
    opened = workspace(tmp_path / "work", yaml)
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    assert summed(written(opened, tmp_path / "out.csv")) == summed(bill) == total(opened)
