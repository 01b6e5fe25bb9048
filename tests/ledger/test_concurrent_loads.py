"""Two loads at once, as processes: both end right, or one says why."""

import json
import subprocess
from pathlib import Path

import pytest
from benchmarks.kill_table import start_load
from tests.bills import Charge, by, days, rows, summed, total, workspace, write_bill

from outlay.workspace import Workspace

SPLIT = """
attribution:
  - {name: team tag, set: team, tag: team}
split:
  - {name: platform, when: {team: platform}, to: team}
"""


def finish(process: "subprocess.Popen[str]") -> tuple[int, dict[str, object]]:
    out, talk = process.communicate(timeout=120)
    assert "Traceback" not in talk
    return process.returncode, json.loads(out)


def load_both(folder: Path, first: Path, second: Path) -> list[tuple[int, dict[str, object]]]:
    return [finish(p) for p in [start_load(folder, str(first)), start_load(folder, str(second))]]


def statuses(results: list[tuple[int, dict[str, object]]]) -> list[str]:
    """What became of each load: its status, or the code of the error that it told."""
    found = []
    for code, told in results:
        if code == 0:
            data = told["data"]
            assert isinstance(data, dict)
            found += [d["status"] for d in data["deliveries"]]
        else:
            error = told["error"]
            assert (code, isinstance(error, dict) and error["code"]) == (1, "E-LOCK-001")
            found.append("busy")
    return sorted(found)


def test_different_scopes_at_once_are_both_there(tmp_path: Path) -> None:
    bills = {
        account: [*days(1, 20, "10", team="platform"), *days(1, 20, price, team=team)]
        for account, price, team in (("acct-1", "1.5", "search"), ("acct-2", "2.5", "support"))
    }
    files = [
        write_bill(tmp_path / f"{account}.csv", [{**c, "BillingAccountId": account} for c in bill])
        for account, bill in bills.items()
    ]
    opened = workspace(tmp_path / "work", SPLIT)
    assert statuses(load_both(opened.folder, *files)) == ["loaded", "loaded"]
    opened.refresh()
    assert total(opened) == sum(map(summed, bills.values()))
    alone = workspace(tmp_path / "alone", SPLIT)
    alone.load(files)
    # Whoever came last: shared cost is split by the weights of both.
    assert by(opened, "x_Team") == by(alone, "x_Team")


def test_the_same_file_at_once_is_loaded_once(tmp_path: Path) -> None:
    bill = days(1, 31, "3.25")
    file = write_bill(tmp_path / "bill.csv", bill)
    opened = workspace(tmp_path / "work")
    found = statuses(load_both(opened.folder, file, file))
    assert found in (["loaded", "unchanged"], ["busy", "loaded"])
    assert (total(opened), rows(opened)) == (summed(bill), 31)


def test_two_corrections_of_a_scope_at_once_leave_one_of_them(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "old.csv", days(1, 31, "1"))])
    corrections: list[list[Charge]] = [days(1, 31, "2"), days(1, 31, "3")]
    files = [write_bill(tmp_path / f"new-{n}.csv", bill) for n, bill in enumerate(corrections)]
    found = statuses(load_both(opened.folder, *files))
    assert found in (["loaded", "loaded"], ["busy", "loaded"])
    assert total(opened) in [summed(bill) for bill in corrections]
    assert (rows(opened), rows(opened, "charges")) == (31, 31)


def test_readers_see_whole_deliveries_while_a_load_runs(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    old, new = days(1, 31, "1"), days(1, 31, "2")
    opened.load([write_bill(tmp_path / "old.csv", old)])
    process = start_load(opened.folder, str(write_bill(tmp_path / "new.csv", new)))
    seen = set()
    while process.poll() is None:
        reader = Workspace(opened.folder)
        seen.add((total(reader), total(reader, table="charges")))
    assert finish(process)[0] == 0
    allowed = {summed(old), summed(new)}
    assert seen
    assert {costs for costs, _ in seen} | {charges for _, charges in seen} <= allowed
    assert total(opened) == summed(new)


@pytest.mark.parametrize("first_load", [True, False])
def test_a_first_load_may_be_two(tmp_path: Path, first_load: bool) -> None:
    """Both make the tables of an empty ledger, or neither."""
    opened = workspace(tmp_path / "work")
    if not first_load:
        opened.load([write_bill(tmp_path / "before.csv", days(1, 2, BillingAccountId="acct-0"))])
    files = [
        write_bill(tmp_path / f"{account}.csv", days(1, 5, BillingAccountId=account))
        for account in ("acct-1", "acct-2")
    ]
    assert statuses(load_both(opened.folder, *files)) == ["loaded", "loaded"]
    assert rows(opened) == 10 + (0 if first_load else 2)
