"""Newer list prices of a workspace: appended once, never changed, and used from then on."""

import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from outlay.model.problem import InputError
from outlay.prices.book import NAMES_FILE, PRICES_FILE, list_prices, listed_in, tables_of
from outlay.prices.own import book_of
from outlay.prices.quote import Call, quote
from outlay.prices.tables import PRICE_COLUMNS, Row, read_table
from outlay.prices.update import compare, find_update, write_update

TODAY = date(2026, 12, 5)
NEWER = "0.9.0"
FRESH: Row = ("openai", "gpt-9", "input", "1000000", "standard", "0", "2026-12-01", "", "", "", "7")
NAME: Row = ("openai", "gpt-9", "gpt-9")


def held(model: str) -> Row:
    """The standard price of a million input tokens of a model of OpenAI, as the table has it."""
    rows = (row for row in tables_of(None)[0] if row[:3] == ("openai", model, "input") and row[4] == "standard")
    return next(rows)[: len(PRICE_COLUMNS)]


def cost(folder: Path | None, model: str, day: str) -> Decimal | None:
    at = datetime.fromisoformat(f"{day}T12:00:00+00:00").astimezone(UTC)
    return quote(book_of(folder), Call("openai", model, at, input=10**6)).cost


def test_new_and_changed_prices_are_told_apart(tmp_path: Path) -> None:
    known = held("gpt-4o")
    found = compare(tmp_path, NEWER, [FRESH, known, (*known[:-1], "99")], [NAME])
    assert [change.row for change in found.new] == [FRESH]
    assert [(change.row[-1], change.before and change.before[10]) for change in found.changed] == [("99", known[-1])]
    assert found.names == (NAME,)


def test_an_update_is_used_and_the_same_again_is_nothing(tmp_path: Path) -> None:
    found = compare(tmp_path, NEWER, [FRESH], [NAME])
    write_update(tmp_path, found, TODAY)
    assert (cost(tmp_path, "gpt-9", "2026-12-02"), cost(None, "gpt-9", "2026-12-02")) == (Decimal(7), None)
    price = listed_in(tmp_path).of("openai", "gpt-9")[0]
    assert (price.recorded_at, price.source) == ("2026-12-05", "genai-prices 0.9.0")
    again = compare(tmp_path, NEWER, [FRESH], [NAME])
    assert (again.prices, again.names) == ((), ())
    write_update(tmp_path, again, TODAY)
    assert len(read_table(tmp_path / PRICES_FILE, PRICE_COLUMNS)) == 1


def test_a_fall_of_a_price_keeps_the_earlier_one(tmp_path: Path) -> None:
    """The row of the earlier price is told again with an end; its first row stays in the file."""
    first = compare(tmp_path, NEWER, [FRESH], [NAME])
    write_update(tmp_path, first, TODAY)
    ended, fallen = (*FRESH[:9], "2027-01-01", "7"), (*FRESH[:6], "2027-01-01", "", "", "", "5")
    write_update(tmp_path, compare(tmp_path, NEWER, [ended, fallen], [NAME]), date(2027, 1, 2))
    assert [cost(tmp_path, "gpt-9", day) for day in ("2026-12-31", "2027-01-01")] == [7, 5]
    lines = (tmp_path / PRICES_FILE).read_text(encoding="utf-8").splitlines()
    assert len(lines) == 4
    assert lines[1].endswith(",7,2026-12-05,genai-prices 0.9.0")


def test_an_older_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="older than the book") as raised:
        compare(tmp_path, "0.1.0", [FRESH], [NAME])
    assert raised.value.code == "E-PRICE-013"
    write_update(tmp_path, compare(tmp_path, NEWER, [FRESH], []), TODAY)
    with pytest.raises(InputError, match=r"of genai-prices 0\.9\.0"):
        compare(tmp_path, "0.8.9", [FRESH], [])


def test_without_an_update_the_book_is_the_one_that_comes_with_outlay(tmp_path: Path) -> None:
    assert listed_in(tmp_path) is list_prices()
    write_update(tmp_path, compare(tmp_path, NEWER, [], []), TODAY)
    assert not (tmp_path / PRICES_FILE).exists()
    assert not (tmp_path / NAMES_FILE).exists()


@pytest.mark.parametrize("line", ["openai,gpt-9,input", f"{','.join(FRESH[:-1])},seven,2026-12-05"])
def test_a_line_that_is_no_row_is_told_with_its_place(tmp_path: Path, line: str) -> None:
    write_update(tmp_path, compare(tmp_path, NEWER, [FRESH], []), TODAY)
    path = tmp_path / PRICES_FILE
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"no row of list\.csv") as raised:
        listed_in(tmp_path)
    assert (raised.value.code, raised.value.place) == ("E-PRICE-011", f"{path}:3:1")


def test_a_missing_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.delitem(sys.modules, "outlay.prices.snapshot", raising=False)
    with pytest.raises(InputError, match="not installed") as raised:
        find_update(tmp_path)
    assert (raised.value.code, raised.value.hint) == ("E-PRICE-012", "pip install genai-prices")


def test_what_is_installed_is_read(tmp_path: Path) -> None:
    pytest.importorskip("genai_prices")
    found = find_update(tmp_path)
    assert found.unknown == ()
    assert all(len(change.row) == len(PRICE_COLUMNS) for change in found.prices)
