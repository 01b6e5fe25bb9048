"""A plan row by row: its lines by month as CSV and Parquet, its charges in the shape of FOCUS."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from outlay.model.charge import literal
from outlay.plan.by_month import lines_by_month
from outlay.plan.charges import charges
from outlay.plan.scenarios import SCENARIOS
from outlay.plan.stack import Stack, money

# Spreadsheets take a text that begins so for a formula.
_FORMULA = re.compile(r"^[=+\-@\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
LINE_COLUMNS = ("layer", "entry", "part", "stage", "owner", "month", *SCENARIOS, "currency", "from")


def harmless(text: str) -> str:
    """A cell of a CSV that no spreadsheet runs: a text that would be a formula begins with an apostrophe."""
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def lines_csv(stack: Stack) -> str:
    """The cost of every line in every month in which it costs, one a row, to the last digit."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LINE_COLUMNS)
    writer.writerows([harmless(cell) for cell in row] for row in _line_rows(stack))
    return out.getvalue()


def _line_rows(stack: Stack) -> Iterator[list[str]]:
    for line, costs in lines_by_month(stack):
        head = [line.layer, line.entry, line.part, line.stage, line.owner]
        for month, told in zip(stack.months, costs, strict=True):
            if told.any():
                yield [*head, month, *(f"{money(c):f}" for c in told), stack.plan.plan.currency, line.why]


def focus_csv(stack: Stack) -> str:
    """The charges of the plan in the shape of FOCUS, with no cell that a spreadsheet would run."""
    out = io.StringIO()
    writer = None
    for row in charges(stack):
        if writer is None:
            writer = csv.DictWriter(out, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({column: harmless(cell) for column, cell in row.items()})
    return out.getvalue()


def lines_parquet(stack: Stack) -> bytes:
    """The same rows as `lines_csv`, costs as decimals. Texts are as they are: nothing runs them."""
    import duckdb

    kinds = {name: "DECIMAL(38,12)" if name in SCENARIOS else "VARCHAR" for name in LINE_COLUMNS}
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        source, target = Path(folder) / "lines.csv", Path(folder) / "lines.parquet"
        with source.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([LINE_COLUMNS, *_line_rows(stack)])
        options = f"columns = {kinds}, header = true, auto_detect = false, nullstr = '\\N', parallel = false"
        read = f"SELECT * FROM read_csv({literal(str(source))}, {options})"
        connection.execute(f"COPY ({read}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)")
        return target.read_bytes()
