"""Deliveries: what replaces what, what is refused, and what is derived again."""

import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import by, charge, days, rows, summed, total, workspace, write_bill

from outlay.derive import pipeline
from outlay.model.problem import InputError, LedgerError
from outlay.workspace import Workspace
from outlay.workspace_files import NothingLoadedError

TEAMS = """
attribution:
  - {name: team tag, set: team, tag: team}
"""
SPLIT = """
attribution:
  - {name: team tag, set: team, tag: team}
split:
  - {name: platform, when: {team: platform}, to: team}
"""


def codes(opened: Workspace, file: Path, **options: bool) -> str:
    """The code of the error that loading a file raises."""
    with pytest.raises(InputError) as raised:
        opened.load([file], **options)  # type: ignore[arg-type]
    return raised.value.code


def test_a_delivery_of_fewer_days_is_refused_with_the_way_out(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "month.csv", days(1, 31))])
    with pytest.raises(InputError) as raised:
        opened.load([write_bill(tmp_path / "fewer.csv", days(1, 30))])
    assert raised.value.code == "E-LOAD-010"
    assert "2026-10-31" in raised.value.message
    assert "--replace" in raised.value.hint
    assert "--append-part" in raised.value.hint
    assert total(opened) == 31


def test_a_hole_in_the_middle_is_refused_too(tmp_path: Path) -> None:
    """First and last day are there, and a week between them is not."""
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "month.csv", days(1, 31))])
    holed = write_bill(tmp_path / "holed.csv", [*days(1, 10), *days(18, 31)])
    with pytest.raises(InputError, match=re.escape("7 days (2026-10-11..2026-10-17)")):
        opened.load([holed])
    assert total(opened) == 31


def test_a_refused_load_leaves_nothing_behind(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "month.csv", days(1, 31))])
    before = sorted(p for p in opened.ledger.rglob("*.parquet"))
    assert codes(opened, write_bill(tmp_path / "fewer.csv", days(1, 30))) == "E-LOAD-010"
    assert sorted(p for p in opened.ledger.rglob("*.parquet")) == before


def test_replace_says_that_it_is_a_correction(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "month.csv", days(1, 31))])
    opened.load([write_bill(tmp_path / "fewer.csv", days(2, 5, "7"))], replace_scope=True)
    assert (total(opened), rows(opened)) == (Decimal(28), 4)


def test_a_part_adds_to_the_month_and_twice_adds_nothing(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "first.csv", days(1, 15))])
    part = write_bill(tmp_path / "second.csv", days(16, 31))
    (loaded,) = opened.load([part], part=True).deliveries
    (again,) = opened.load([part], part=True).deliveries
    assert (loaded.status, again.status) == ("loaded", "unchanged")
    assert total(opened) == 31


def test_a_longer_delivery_replaces_a_growing_month(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "today.csv", days(1, 15))])
    opened.load([write_bill(tmp_path / "tomorrow.csv", days(1, 16))])
    assert total(opened) == 16


def test_equal_rows_all_count(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", [charge("2.5")] * 4)])
    assert (total(opened), rows(opened)) == (Decimal(10), 4)


def test_a_file_of_several_scopes_makes_a_delivery_of_each(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    bill = [charge(i, day=f"2026-{month:02}-01", BillingAccountId=a) for i, (month, a) in enumerate(SCOPES, 1)]
    result = opened.load([write_bill(tmp_path / "bill.csv", bill)])
    assert len(result.deliveries) == len(SCOPES)
    assert {(d.entry.account, d.entry.period_start[:7]) for d in result.deliveries} == {
        (a, f"2026-{month:02}") for month, a in SCOPES
    }
    # One of the scopes again: the others stay.
    changed = charge("100", day="2026-09-01", BillingAccountId="b")
    opened.load([write_bill(tmp_path / "one.csv", [changed])])
    assert total(opened) == summed(bill) - 3 + 100


SCOPES = [(9, "a"), (10, "a"), (9, "b"), (10, "")]


def test_a_change_of_one_scope_leaves_the_others_unchanged(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    a, b = days(1, 2, "1"), days(1, 2, "2", BillingAccountId="acct-2")
    opened.load([write_bill(tmp_path / "a.csv", a), write_bill(tmp_path / "b.csv", b)])
    b2 = days(1, 2, "3", BillingAccountId="acct-2")
    result = opened.load([tmp_path / "a.csv", write_bill(tmp_path / "b.csv", b2)])
    assert sorted(d.status for d in result.deliveries) == ["loaded", "unchanged"]
    assert total(opened) == summed([*a, *b2])


def test_a_new_rule_derives_again_without_the_files(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    file = write_bill(tmp_path / "bills" / "bill.csv", [charge(3, team="search"), charge(4, team="platform")])
    opened.load([file])
    assert by(opened, "x_Team") == {None: 7}
    shutil.rmtree(file.parent)
    changed = workspace(opened.folder, SPLIT)
    assert changed.refresh() == 1
    assert by(changed, "x_Team") == {"search": 7}
    assert changed.refresh() == 0
    assert total(changed, table="charges") == 7


def test_a_derivation_keeps_what_was_true_before(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", [charge(3, team="search")])])
    then = opened.journal.live()[0].recorded_at
    workspace(opened.folder, TEAMS).refresh()
    assert by(Workspace(opened.folder, as_of=then), "x_Team") == {None: 3}
    assert by(Workspace(opened.folder), "x_Team") == {"search": 3}


def test_a_second_bill_of_the_month_changes_the_weights_of_the_first(tmp_path: Path) -> None:
    """10 of the platform over search 1 and, once its bill is there, support 3: 2.5 and 7.5."""
    opened = workspace(tmp_path / "work", SPLIT)
    opened.load([write_bill(tmp_path / "a.csv", [charge(10, team="platform"), charge(1, team="search")])])
    assert by(opened, "x_Team") == {"search": 11}
    second = charge(3, team="support", BillingAccountId="acct-2")
    result = opened.load([write_bill(tmp_path / "b.csv", [second])])
    assert result.rederived == 1
    assert by(opened, "x_Team") == {"search": Decimal("3.5"), "support": Decimal("10.5")}


def test_a_bill_of_another_month_changes_nothing(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work", SPLIT)
    opened.load([write_bill(tmp_path / "a.csv", [charge(10, team="platform"), charge(1, team="search")])])
    result = opened.load([write_bill(tmp_path / "b.csv", [charge(3, day="2026-09-01", team="support")])])
    assert result.rederived == 0
    assert by(opened, "x_Team") == {"search": 11, "support": 3}


def test_a_load_weighs_by_the_present_rules(tmp_path: Path) -> None:
    """The rule that names support comes after its bill: the next load must not split by the old owners."""
    opened = workspace(tmp_path / "work", "attribution: []")
    opened.load([write_bill(tmp_path / "a.csv", [charge(3, team="support", BillingAccountId="acct-2")])])
    changed = workspace(opened.folder, SPLIT)
    changed.load([write_bill(tmp_path / "b.csv", [charge(10, team="platform"), charge(1, team="search")])])
    assert by(changed, "x_Team") == {"search": Decimal("3.5"), "support": Decimal("10.5")}


def test_parts_of_an_earlier_split_are_no_weights_of_a_later_one(tmp_path: Path) -> None:
    """Network (8, 80) goes to platform and search by 4:4, then platform (4 + 44) to search and support by 4:4."""
    rule = "split:\n  - {name: network, when: {team: network}, to: team, among: [platform, search]}"
    yaml = SPLIT.replace("split:", rule)
    bill = [charge(c, team=t) for t, c in (("network", 8), ("platform", 4), ("search", 4))]
    other = [charge(c, team=t, BillingAccountId="acct-2") for t, c in (("network", 80), ("support", 4))]
    a, b = write_bill(tmp_path / "a.csv", bill), write_bill(tmp_path / "b.csv", other)
    together, apart = workspace(tmp_path / "together", yaml), workspace(tmp_path / "apart", yaml)
    together.load([a, b])
    apart.load([a])
    apart.load([b])
    expected = {"search": 4 + 44 + 24, "support": 4 + 24}
    assert by(together, "x_Team") == expected
    assert by(apart, "x_Team") == expected


def test_quantities_of_any_size_can_be_split(tmp_path: Path) -> None:
    """Storage is told in byte-seconds: 1e19 of them is a petabyte for three hours."""
    opened = workspace(tmp_path / "work", SPLIT)
    huge = charge(10, team="platform", ConsumedQuantity="12345678901234567890.123456789012", ConsumedUnit="By.s")
    opened.load(
        [write_bill(tmp_path / "a.csv", [huge, charge("1000000000", team="a"), charge("2000000000", team="b")])]
    )
    assert total(opened, "ConsumedQuantity") == Decimal("12345678901234567890.123456789012")
    assert rows(opened) == 4


def test_names_that_differ_only_in_case_do_not_multiply_rows(tmp_path: Path) -> None:
    """Two aliases of one rule equal but for case once gave exactly 12 times the bill."""
    yaml = """
attribution:
  - {name: team tag, set: team, tag: [team, Team, TEAM], map: {Search: search, SEARCH: found, search: seek}}
split:
  - {name: fixed, when: {team: platform}, to: team, method: fixed, shares: {Search: 1, search: 1, SEARCH: 1}}
"""
    tags = '{"team": "SEARCH", "Team": "search", "TEAM ": "x"}'
    opened = workspace(tmp_path / "work", yaml)
    bill = [charge(5, Tags=tags), charge(7, team="platform"), charge(1, ServiceProviderName="EXAMPLE cloud")]
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    assert total(opened) == 13
    assert rows(opened, "charges") == 3
    assert rows(opened) == 2 + 3


def test_a_stage_that_changes_a_sum_aborts_the_delivery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "old.csv", [charge(3)])])

    def doubled(_connection: object, charges: str, _context: object) -> str:
        return f"(SELECT * FROM {charges} UNION ALL SELECT * FROM {charges})"

    stages = (*pipeline.STAGES, ("careless", doubled))
    monkeypatch.setattr(pipeline, "STAGES", stages)
    with pytest.raises(LedgerError, match="careless") as raised:
        opened.load([write_bill(tmp_path / "new.csv", [charge(4)])])
    assert raised.value.code == "E-DERIVE-001"
    assert total(Workspace(opened.folder)) == 3


def test_nothing_to_load_is_said_with_every_reason(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")
    with pytest.raises(NothingLoadedError) as raised:
        opened.load([tmp_path / "none.csv", tmp_path / "odd.csv"])
    assert [p.code for p in raised.value.problems] == ["E-FILE-001", "E-LOAD-002"]
    assert list((opened.ledger / "staging").glob("*")) == []


def test_bad_rows_do_not_stop_a_load(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    result = opened.load([write_bill(tmp_path / "bill.csv", [charge(1), charge("one"), charge(2)])])
    assert total(opened) == 3
    assert {(p.code, p.line, p.column) for p in result.problems} >= {("E-ROW-002", 3, "BilledCost")}
    assert len(opened.problems()) == len(result.problems)
