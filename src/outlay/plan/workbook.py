"""A plan as an XLSX workbook: numbers as numbers, and totals that are computed again when a month is changed.

The months of the lines are plain numbers. What a line, a layer and the plan are expected to cost are formulas over
them. Percentiles come from the draws and stay as they are.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from outlay.plan.by_month import lines_by_month
from outlay.plan.report.register import assumptions_table
from outlay.plan.report.words import digits_of
from outlay.plan.scenarios import EXPECTED
from outlay.plan.stack import Spread, Stack

SPREAD = ("best", "expected", "stress", "p50", "p80", "p90")
LINES = "Lines by month"
# Rows count from 0: a title, what to know, an empty row, the heads of the columns, the rows.
HEAD, FIRST = 3, 4
LONGEST = 32_767
# Nothing that people write becomes a formula or a link.
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


@dataclass(frozen=True)
class Sheet:
    """A sheet that is being written, with the formats of its book."""

    sheet: Any
    formats: dict[str, Any]

    def text(self, row: int, column: int, text: str, style: str = "text") -> None:
        """Write a text, whatever it begins with."""
        self.sheet.write_string(row, column, text[:LONGEST], self.formats[style])

    def number(self, row: int, column: int, value: "Decimal | float", style: str = "money") -> None:
        """Write a number."""
        self.sheet.write_number(row, column, float(value), self.formats[style])

    def formula(self, row: int, column: int, formula: str, value: "Decimal | float", style: str = "money") -> None:
        """Write a formula with its present value, which is shown by what does not compute."""
        self.sheet.write_formula(row, column, formula, self.formats[style], float(value))

    def head(self, title: str, note: str, columns: Sequence[str], widths: Sequence[int], frozen: int = 1) -> None:
        """Write the title, the note and the heads of the columns, which stay in sight."""
        self.text(0, 0, title, "title")
        self.text(1, 0, note, "note")
        for column, name in enumerate(columns):
            self.text(HEAD, column, name, "head")
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.sheet.freeze_panes(FIRST, frozen)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(HEAD)


def workbook(stack: Stack) -> bytes:
    """The workbook of a plan. The same plan gives the same bytes."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, OPTIONS)
    book.set_properties({"title": stack.plan.name, "created": datetime.combine(stack.day, time(), UTC)})
    formats = _formats(book, digits_of(stack))
    names = ("Stack", "Months", LINES, "Assumptions", "Gap")
    sheets = {name: Sheet(book.add_worksheet(name), formats) for name in names}
    _stack(sheets["Stack"], stack)
    _months(sheets["Months"], stack)
    _lines(sheets[LINES], stack)
    _assumptions(sheets["Assumptions"], stack)
    _gap(sheets["Gap"], stack)
    book.close()
    return out.getvalue()


def _formats(book: Any, digits: int) -> dict[str, Any]:
    money = "#,##0" + (f".{'0' * digits}" if digits else "")
    total = {"bold": True, "top": 1}
    said = {
        "title": {"bold": True, "font_size": 14},
        "note": {"italic": True, "font_color": "#565d66"},
        "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"},
        "text": {},
        "money": {"num_format": money},
        "share": {"num_format": "0.0%"},
        "total": total,
        "total money": {**total, "num_format": money},
        "total share": {**total, "num_format": "0.0%"},
    }
    return {name: book.add_format(one) for name, one in said.items()}


def _area(column: int, count: int, sheet: str = "") -> str:
    """The cells of a column in so many rows: `$B$5:$B$16`."""
    name = xl_col_to_name(column, True)
    place = f"'{sheet}'!" if sheet else ""
    return f"{place}{name}${FIRST + 1}:{name}${FIRST + max(count, 1)}"


def _about(stack: Stack) -> str:
    plan = stack.plan.plan
    return (
        f"{plan.currency}; prices of {stack.day}; {stack.simulation.draws:,} draws, seed {stack.simulation.seed}; "
        f"from {stack.plan.document.path.name}."
    )


def _stack(sheet: Sheet, stack: Stack) -> None:
    """Each layer; what it costs in a scenario follows from the sheet of lines, percentiles come from the draws."""
    note = "Best, expected and stress are sums of the lines; P50, P80 and P90 come from the draws and do not add up."
    sheet.head(f"{stack.plan.name}: layers", f"{_about(stack)} {note}", ("layer", *SPREAD, "share"), [20, *[14] * 6, 9])
    count = len(stack.lines)
    last = FIRST + len(stack.layers)
    for row, (layer, spread) in enumerate(stack.layers.items(), FIRST):
        sheet.text(row, 0, layer)
        for column, name in enumerate(SPREAD, 1):
            value = getattr(spread, name)
            if column <= 3:
                areas = f"{_area(0, count, LINES)},$A{row + 1},{_area(4 + column, count, LINES)}"
                sheet.formula(row, column, f"=SUMIF({areas})", value)
            else:
                sheet.number(row, column, value)
        share = spread.expected / stack.total.expected if stack.total.expected else Decimal(0)
        sheet.formula(row, 7, f"=IF($C${last + 1}=0,0,C{row + 1}/$C${last + 1})", share, "share")
    _totals(sheet, last, stack.total, len(stack.layers))
    whole = 1 if stack.total.expected else 0
    sheet.formula(last, 7, f"=SUM({_area(7, len(stack.layers))})", whole, "total share")
    _notes(sheet, last + 2, stack)


def _totals(sheet: Sheet, row: int, total: Spread, count: int) -> None:
    sheet.text(row, 0, "total", "total")
    for column, name in enumerate(SPREAD, 1):
        value = getattr(total, name)
        if column <= 3:
            sheet.formula(row, column, f"=SUM({_area(column, count)})", value, "total money")
        else:
            sheet.number(row, column, value, "total money")


def _notes(sheet: Sheet, row: int, stack: Stack) -> None:
    """What is not among the layers, and what to keep beside the median."""
    notes = [f"Budget: the median, and a contingency of P80 - P50 = {stack.contingency:,.2f}."]
    notes += [f"{layer} costs nothing: {reason}" for layer, reason in stack.plan.zeros.items()]
    if stack.plan.missing:
        notes.append(f"Incomplete, not stated: {', '.join(stack.plan.missing)}.")
    for index, note in enumerate(notes):
        sheet.text(row + index, 0, note, "note")


def _months(sheet: Sheet, stack: Stack) -> None:
    """Each month; the expected cost is the sum of the lines in it."""
    note = "Expected is the sum of the lines of the month; the other columns are as they were computed."
    sheet.head(f"{stack.plan.name}: months", f"{_about(stack)} {note}", ("month", *SPREAD), [12, *[14] * 6])
    for index, (month, spread) in enumerate(stack.months.items()):
        row = FIRST + index
        sheet.text(row, 0, month)
        for column, name in enumerate(SPREAD, 1):
            value = getattr(spread, name)
            if name == "expected":
                sheet.formula(row, column, f"=SUM({_area(8 + index, len(stack.lines), LINES)})", value)
            else:
                sheet.number(row, column, value)
    _totals(sheet, FIRST + len(stack.months), stack.total, len(stack.months))


def _lines(sheet: Sheet, stack: Stack) -> None:
    """Each line with its expected cost in every month."""
    months = list(stack.months)
    columns = ("layer", "entry", "part", "stage", "owner", "best", "expected", "stress", *months, "from")
    note = "Months hold expected costs: change one and the totals of every sheet follow."
    widths = [18, 24, 22, 11, 16, 13, 13, 13, *[11] * len(months), 60]
    sheet.head(f"{stack.plan.name}: lines by month", f"{_about(stack)} {note}", columns, widths, 3)
    for row, (line, costs) in enumerate(lines_by_month(stack), FIRST):
        for column, text in enumerate((line.layer, line.entry, line.part, line.stage, line.owner)):
            sheet.text(row, column, text)
        best, expected, stress = line.costs
        sheet.number(row, 5, best)
        first, last = xl_col_to_name(8), xl_col_to_name(7 + len(months))
        sheet.formula(row, 6, f"=SUM({first}{row + 1}:{last}{row + 1})", expected)
        sheet.number(row, 7, stress)
        for index, cost in enumerate(costs[:, EXPECTED]):
            sheet.number(row, 8 + index, cost)
        sheet.text(row, 8 + len(months), line.why)
    row, count = FIRST + len(stack.lines), len(stack.lines)
    sheet.text(row, 0, "total", "total")
    total = stack.total
    sums = (total.best, total.expected, total.stress, *(spread.expected for spread in stack.months.values()))
    for column, value in enumerate(sums, 5):
        sheet.formula(row, column, f"=SUM({_area(column, count)})", value, "total money")


def _assumptions(sheet: Sheet, stack: Stack) -> None:
    """Each assumption as the plan writes it."""
    table = assumptions_table(stack)
    note = f"{_about(stack)} {table.note}".rstrip()
    sheet.head(f"{stack.plan.name}: assumptions", note, table.columns, [24, 40, 36, 12, 18, 36, 28])
    for row, cells in enumerate(table.rows, FIRST):
        for column, text in enumerate(cells):
            sheet.text(row, column, text)


def _gap(sheet: Sheet, stack: Stack) -> None:
    """What a first estimate holds beside what production asks for."""
    columns = ("component", "initial estimate captures", "production requires", "left out", "beside it")
    note = f"{_about(stack)} Expected costs over the whole plan."
    sheet.head(f"{stack.plan.name}: what a first estimate leaves out", note, columns, [20, 16, 16, 16, 40])
    for row, gap in enumerate(stack.gaps, FIRST):
        sheet.text(row, 0, gap.component)
        sheet.number(row, 1, gap.initial)
        sheet.number(row, 2, gap.production)
        sheet.formula(row, 3, f"=C{row + 1}-B{row + 1}", gap.production - gap.initial)
        sheet.text(row, 4, ", ".join(gap.beside))
    count = len(stack.gaps)
    initial, whole = (sum((getattr(g, n) for g in stack.gaps), Decimal(0)) for n in ("initial", "production"))
    sheet.text(FIRST + count, 0, "total", "total")
    for column, value in enumerate((initial, whole, whole - initial), 1):
        sheet.formula(FIRST + count, column, f"=SUM({_area(column, count)})", value, "total money")
