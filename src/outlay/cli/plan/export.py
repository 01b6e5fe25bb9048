"""`outlay plan export`: a plan as a workbook, as rows, or as charges in the shape of FOCUS."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, FileArgument, SeedOption, computed
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.stack import Stack

HELP = """Write a plan to a file: .xlsx with live totals, .csv or .parquet with its lines by month, or FOCUS rows.

The workbook holds the stack, the months, the lines by month, the assumptions and the gap. A name that a spreadsheet
would take for a formula stays a text.

Examples:

  outlay plan export plans/assistant.yaml --to out/assistant.xlsx

  outlay plan export plans/assistant.yaml --to out/assistant.csv --as focus
"""
As = Literal["lines", "focus"]
ToOption = Annotated[Path, typer.Option("--to", help="The file to write: .xlsx, .csv or .parquet.", show_default=False)]
AsOption = Annotated[As, typer.Option("--as", help="Rows of a CSV: lines by month, or charges in the shape of FOCUS.")]
SUFFIXES = (".xlsx", ".csv", ".parquet")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help=HELP)(export)


@reported
def export(
    file: FileArgument,
    to: ToOption,
    rows: AsOption = "lines",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Write a plan to a file."""
    maker = _maker(to, rows)
    from outlay.plan.written import write_whole

    stack = computed(file, workspace, draws, seed)
    content = maker(stack)
    write_whole(to, content)
    what = "workbook" if to.suffix.lower() == ".xlsx" else rows
    data = {"file": str(to), "plan": stack.plan.name, "holds": what, "bytes": len(content)}
    cells = [str(to), stack.plan.name, what, f"{len(content):,}"]
    emit(format, Table(["file", "plan", "holds", "bytes"], [cells], frozenset({"bytes"})), data)


def _maker(to: Path, rows: As) -> "Callable[[Stack], bytes]":
    """What makes the content of a file, by its ending."""
    suffix = to.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError("E-PLAN-070", f"{to.name}: no such file format", f"end it in {', '.join(SUFFIXES)}")
    if rows == "focus" and suffix != ".csv":
        raise InputError(
            "E-PLAN-072", f"charges are not written as {suffix}", "end the file in .csv, or leave --as out"
        )
    return (
        _workbook if suffix == ".xlsx" else _parquet if suffix == ".parquet" else _focus if rows == "focus" else _lines
    )


def _workbook(stack: "Stack") -> bytes:
    from outlay.plan.workbook import workbook

    return workbook(stack)


def _parquet(stack: "Stack") -> bytes:
    from outlay.plan.rows import lines_parquet

    return lines_parquet(stack)


def _focus(stack: "Stack") -> bytes:
    from outlay.plan.rows import focus_csv

    if not (text := focus_csv(stack)):
        raise InputError("E-PLAN-041", "the plan costs nothing", "nothing is written", str(stack.plan.document.path))
    return text.encode()


def _lines(stack: "Stack") -> bytes:
    from outlay.plan.rows import lines_csv

    return lines_csv(stack).encode()
