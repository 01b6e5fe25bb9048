import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook
from tests.plan.charts.sample import HARMFUL, assistant, of_text

from outlay.plan.rows import focus_csv, harmless, lines_csv, lines_parquet
from outlay.plan.stack import Stack
from outlay.plan.workbook import workbook

SHEETS = ["Stack", "Months", "Lines by month", "Assumptions", "Gap"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return assistant(tmp_path_factory.mktemp("assistant"))


@pytest.fixture(scope="module")
def books(stack: Stack) -> tuple[Workbook, Workbook]:
    """The workbook as a spreadsheet shows it, and its formulas."""
    content = workbook(stack)
    return load_workbook(io.BytesIO(content), data_only=True), load_workbook(io.BytesIO(content))


def rows(book: Workbook, sheet: str) -> list[list[Any]]:
    """The rows below the heads of the columns."""
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=5)]


def computed(book: Workbook, sheet: str, place: str) -> float:
    """What a cell is when it is computed from the numbers of the book: sums, sums by layer, differences, shares."""
    cell: Any = book[sheet][place]
    value = cell.value
    if not isinstance(value, str) or not value.startswith("="):
        return float(value or 0)
    if found := re.fullmatch(r"=SUM\((?:'(.+)'!)?\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)\)", value):
        area = book[found[1] or sheet][f"{found[2]}{found[3]}:{found[4]}{found[5]}"]
        return sum(computed(book, found[1] or sheet, cell.coordinate) for row in area for cell in row)
    if found := re.fullmatch(r"=SUMIF\('(.+)'!(.+),\$(A\d+),'.+'!(.+)\)", value):
        lines: Any = book[found[1]]
        wanted = next(cell.value for cell in book[sheet]["A"] if cell.coordinate == found[3])
        pairs = zip(lines[found[2].replace("$", "")], lines[found[4].replace("$", "")], strict=True)
        return sum(computed(book, found[1], cost.coordinate) for (name,), (cost,) in pairs if name.value == wanted)
    if found := re.fullmatch(r"=IF\(\$C\$(\d+)=0,0,(C\d+)/\$C\$\d+\)", value):
        return computed(book, sheet, found[2]) / computed(book, sheet, f"C{found[1]}")
    found = re.fullmatch(r"=(C\d+)-(B\d+)", value)
    assert found, value
    return computed(book, sheet, found[1]) - computed(book, sheet, found[2])


def test_the_cells_equal_the_stack(stack: Stack, books: tuple[Workbook, Workbook]) -> None:
    shown, _ = books
    assert shown.sheetnames == SHEETS
    found = {row[0]: row for row in rows(shown, "Stack")}
    names = ("best", "expected", "stress", "p50", "p80", "p90")
    for layer, spread in {**stack.layers, "total": stack.total}.items():
        assert found[layer][1:7] == pytest.approx([float(getattr(spread, n)) for n in names], rel=1e-9)
    months = {row[0]: row for row in rows(shown, "Months")}
    for month, spread in {**stack.months, "total": stack.total}.items():
        assert months[month][1:7] == pytest.approx([float(getattr(spread, n)) for n in names], rel=1e-9)
    gaps = {row[0]: row for row in rows(shown, "Gap")}
    for gap in stack.gaps:
        assert gaps[gap.component][1:3] == pytest.approx([float(gap.initial), float(gap.production)], rel=1e-9)


def test_formulas_computed_again_give_the_same_totals(stack: Stack, books: tuple[Workbook, Workbook]) -> None:
    shown, formulas = books
    count = 0
    for name in SHEETS:
        for row in formulas[name].iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    count += 1
                    again = computed(formulas, name, cell.coordinate)
                    assert again == pytest.approx(float(shown[name][cell.coordinate].value), rel=1e-9), cell.coordinate
    assert count > 100
    last = 5 + len(stack.layers)
    assert computed(formulas, "Stack", f"C{last}") == pytest.approx(float(stack.total.expected), rel=1e-9)


def test_a_changed_month_moves_every_total(stack: Stack) -> None:
    book = load_workbook(io.BytesIO(workbook(stack)))
    place = book["Lines by month"]["K5"]
    place.value = float(place.value) + 1000
    last = 5 + len(stack.layers)
    assert computed(book, "Stack", f"C{last}") == pytest.approx(float(stack.total.expected) + 1000)
    assert computed(book, "Months", "C7") == pytest.approx(float(list(stack.months.values())[2].expected) + 1000)


def test_heads_stay_in_sight_and_say_where_numbers_come_from(books: tuple[Workbook, Workbook]) -> None:
    shown, _ = books
    assert {name: shown[name].freeze_panes for name in SHEETS} == {
        **dict.fromkeys(SHEETS, "B5"),
        "Lines by month": "D5",
    }
    for name in SHEETS:
        note = str(shown[name]["A2"].value)
        assert note.startswith("USD; prices of 2026-11-21; 1,024 draws, seed 1; from plan.yaml.")
    assert shown["Stack"]["B5"].number_format == "#,##0"
    assert shown["Stack"]["H5"].number_format == "0.0%"


def test_the_same_plan_gives_the_same_workbook(stack: Stack) -> None:
    assert workbook(stack) == workbook(stack)


def test_names_are_no_formulas(tmp_path: Path) -> None:
    stack = of_text(tmp_path, HARMFUL, 64)
    book = load_workbook(io.BytesIO(workbook(stack)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    told = {str(cell.value): cell.data_type for cell in cells}
    assert told['=HYPERLINK("http://evil","x")'] == "s"
    assert told["@everyone"] == "s"
    assert told["-1+cmd"] == "s"
    assert not any(cell.hyperlink for cell in cells)
    for text in (lines_csv(stack), focus_csv(stack)):
        found = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert "'@everyone" in found
        assert any(cell.startswith("'=HYPERLINK") for cell in found)
        assert not [cell for cell in found if cell[:1] in tuple("=+-@") and not cell[1:].replace(".", "").isdigit()]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("=1+1", "'=1+1"), ("-5.20", "-5.20"), ("+x", "'+x"), ("a=b", "a=b"), ("\t=1", "'\t=1"), ("", "")],
)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str, kept: str) -> None:
    assert harmless(text) == kept


def test_the_rows_of_a_csv_add_up_to_the_stack(stack: Stack) -> None:
    found = list(csv.DictReader(io.StringIO(lines_csv(stack))))
    for name in ("best", "expected", "stress"):
        total = sum(Decimal(row[name]) for row in found)
        assert float(total) == pytest.approx(float(getattr(stack.total, name)), rel=1e-12)
    assert {row["month"] for row in found} == set(stack.months)
    assert {row["currency"] for row in found} == {"USD"}


def test_the_rows_of_focus_add_up_to_the_stack(stack: Stack) -> None:
    found = csv.DictReader(io.StringIO(focus_csv(stack)))
    total = sum(Decimal(row["x_PlannedCost"]) for row in found)
    assert float(total) == pytest.approx(float(stack.total.expected), rel=1e-12)


def test_parquet_holds_the_rows_of_the_csv_and_names_as_they_are(tmp_path: Path, stack: Stack) -> None:
    path = tmp_path / "lines.parquet"
    path.write_bytes(lines_parquet(stack))
    query = f"SELECT sum(expected), count(*), typeof(any_value(best)) FROM '{path}'"
    told = duckdb.execute(query).fetchall()
    found = list(csv.DictReader(io.StringIO(lines_csv(stack))))
    assert told == [(sum(Decimal(row["expected"]) for row in found), len(found), "DECIMAL(38,12)")]
    path.write_bytes(lines_parquet(of_text(tmp_path, HARMFUL, 64)))
    names = {row[0] for row in duckdb.execute(f"SELECT entry FROM '{path}'").fetchall()}
    assert '=HYPERLINK("http://evil","x")' in names


def test_a_plan_that_costs_nothing_is_exported(tmp_path: Path) -> None:
    stack = of_text(tmp_path, "plan: a\nstart: 2027-01\nlayers: {people: {zero: nobody works}}\n", 64)
    assert load_workbook(io.BytesIO(workbook(stack)))["Stack"]["A5"].value == "people"
    assert lines_csv(stack).count("\n") == 1
    assert focus_csv(stack) == ""
    assert lines_parquet(stack).startswith(b"PAR1")
