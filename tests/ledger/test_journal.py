"""The journal: what counts, and what counted when."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from tests.bills import days, rows, summed, total, workspace, write_bill

from outlay.ledger.journal import Entry, Journal, read_journal, record
from outlay.model.problem import InputError
from outlay.workspace import Workspace

START = datetime(2026, 10, 1, tzinfo=UTC)


def entry(kind: str, scope: str, delivery: str, minute: int, **more: object) -> Entry:
    at = START + timedelta(minutes=minute)
    return Entry(kind=kind, load_id=f"l{minute}", scope_key=scope, delivery_id=delivery, recorded_at=at, **more)  # type: ignore[arg-type]


def live_ids(journal: Journal) -> list[str]:
    return [e.delivery_id for e in journal.live()]


def test_a_delivery_replaces_its_scope_and_no_other() -> None:
    told = (entry("deliver", "a", "a1", 1), entry("deliver", "b", "b1", 2), entry("deliver", "a", "a2", 3))
    assert live_ids(Journal(told)) == ["b1", "a2"]


def test_a_part_comes_beside_what_is_there() -> None:
    told = (entry("deliver", "a", "a1", 1), entry("deliver", "a", "a2", 2, part=True))
    assert live_ids(Journal(told)) == ["a1", "a2"]
    assert live_ids(Journal((*told, entry("deliver", "a", "a3", 3)))) == ["a3"]


def test_a_removed_scope_is_empty_until_it_is_delivered_again() -> None:
    told = (entry("deliver", "a", "a1", 1), entry("remove", "a", "", 2))
    assert live_ids(Journal(told)) == []
    assert live_ids(Journal((*told, entry("deliver", "a", "a2", 3)))) == ["a2"]


def test_the_latest_derivation_counts() -> None:
    told = (
        entry("deliver", "a", "a1", 1, derive_id="d1", rules_hash="r1"),
        entry("derive", "a", "a1", 2, derive_id="d2", rules_hash="r2", inputs=("b1",)),
    )
    (live,) = Journal(told).live()
    assert (live.derive_id, live.rules_hash, live.inputs, live.kind) == ("d2", "r2", ("b1",), "deliver")
    (before,) = Journal(told).as_of(START + timedelta(minutes=1)).live()
    assert before.derive_id == "d1"


def test_deriving_what_was_replaced_brings_nothing_back() -> None:
    told = (entry("deliver", "a", "a1", 1), entry("deliver", "a", "a2", 2), entry("derive", "a", "a1", 3))
    assert live_ids(Journal(told)) == ["a2"]


def test_there_was_no_ledger_before_the_first_entry() -> None:
    told = Journal((entry("deliver", "a", "a1", 1),))
    with pytest.raises(InputError) as raised:
        told.as_of(START)
    assert raised.value.code == "E-ASOF-001"
    assert "no ledger" in raised.value.message
    assert told.as_of(None) == told


def test_an_empty_ledger_has_no_past() -> None:
    with pytest.raises(InputError, match="there was no ledger"):
        Journal(()).as_of(START)


def test_entries_come_back_as_they_were_recorded(tmp_path: Path) -> None:
    opened = workspace(tmp_path)
    said = Entry(
        kind="deliver",
        load_id="l1",
        scope_key="s",
        account='it\'s "quoted"',
        part=True,
        inputs=("x", "y"),
        totals=({"currency": "USD", "BilledCost": "0.1"},),
        rows=3,
    )
    (recorded,) = record(opened.connection, opened.ledger, [said])
    (read,) = read_journal(opened.connection, opened.ledger).entries
    assert read == recorded
    assert read.recorded_at is not None


def test_entries_of_one_commit_are_of_one_moment(tmp_path: Path) -> None:
    """As of any moment a load is there with all of its scopes, or not at all."""
    opened = workspace(tmp_path / "work")
    bill = [*days(1, 3, "1"), *days(1, 3, "2", BillingAccountId="acct-2")]
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    entries = opened.journal.entries
    assert len(entries) == 2
    assert len({e.recorded_at for e in entries}) == 1
    assert total(Workspace(opened.folder, as_of=entries[0].recorded_at)) == summed(bill)


def test_a_clock_that_went_back_does_not_reorder_the_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Slow":
            return cls(2026, 1, 1, tzinfo=tz)

    opened = workspace(tmp_path)
    record(opened.connection, opened.ledger, [Entry(kind="deliver", load_id="l1", scope_key="s", delivery_id="old")])
    monkeypatch.setattr("outlay.ledger.journal.datetime", Slow)
    record(opened.connection, opened.ledger, [Entry(kind="deliver", load_id="l2", scope_key="s", delivery_id="new")])
    monkeypatch.undo()
    assert live_ids(read_journal(opened.connection, opened.ledger)) == ["new"]


def test_a_removed_scope_leaves_the_sums_and_stays_in_the_past(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    kept, gone = days(1, 3, "1"), days(1, 3, "5", BillingAccountId="acct-2")
    opened.load([write_bill(tmp_path / "bill.csv", [*kept, *gone])])
    scope = next(e for e in opened.journal.live() if e.account == "acct-2")
    assert scope.recorded_at is not None
    removal = Entry(kind="remove", load_id="r", scope_key=scope.scope_key, source=scope.source, account=scope.account)
    record(opened.connection, opened.ledger, [removal])
    assert (total(opened), rows(opened, "charges")) == (summed(kept), 3)
    assert total(Workspace(opened.folder, as_of=scope.recorded_at)) == summed([*kept, *gone])
    opened.load([write_bill(tmp_path / "bill.csv", [*kept, *gone])])
    assert total(opened) == summed([*kept, *gone])
