"""One bill in two files counts once, and what was wrong with a file is told once."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import charge, days, total, workspace, write_bill

BILL = [charge("7", ServiceName="Disks"), *days(1, 3)]


def test_a_bill_in_two_versions_counts_once(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    files = [write_bill(tmp_path / f"{v}.csv", BILL, v) for v in ("1.2", "1.3")]
    told = opened.load(files).problems
    assert [(p.code, p.file) for p in told] == [("W-LOAD-011", "1.3.csv")]
    assert "the same 4 charges as 1.2.csv" in told[0].message
    assert total(opened) == Decimal(10)


def test_a_part_of_the_same_size_is_no_twin(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    files = [write_bill(tmp_path / f"{n}.csv", days(n, n)) for n in (1, 2, 3)]
    assert opened.load(files).problems == ()
    assert total(opened) == 3


@pytest.mark.parametrize(
    "part", [{"SubAccountId": "b"}, {"ResourceId": "b"}, {"Tags": '{"team": "b"}'}, {"InvoiceId": "b"}, {"SkuId": "b"}]
)
def test_parts_of_a_bill_with_the_same_amounts_are_no_duplicates(tmp_path: Path, part: dict[str, str]) -> None:
    opened = workspace(tmp_path / "work")
    files = [write_bill(tmp_path / "a.csv", BILL), write_bill(tmp_path / "b.csv", [{**c, **part} for c in BILL])]
    assert opened.load(files).problems == ()
    assert total(opened) == Decimal(20)


def test_the_other_twin_is_loaded_as_a_part_when_both_count(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    one, two = (write_bill(tmp_path / f"{v}.csv", BILL, v) for v in ("1.2", "1.3"))
    opened.load([one])
    opened.load([two], part=True)
    assert total(opened) == Decimal(20)


def test_problems_of_an_unchanged_file_are_told_once_and_end_with_its_repair(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    one = write_bill(tmp_path / "a.csv", [*days(1, 2), charge("x", day="2026-10-03")])
    two = write_bill(tmp_path / "b.csv", days(1, 2, BillingAccountId="another"))
    opened.load([one])
    first = opened.problems()
    opened.load([one, two])
    assert opened.problems() == first != []
    opened.load([write_bill(tmp_path / "a.csv", days(1, 3))])
    assert opened.problems() == []
