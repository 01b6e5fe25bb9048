"""`outlay decide`: write down what was decided about a plan."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, checked_folder, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import FileArgument, computed

HELP = """Record a decision about a plan: what, why, on which figures, and what would re-open it.

The record is a dated file in decisions/, kept with the plans in version control. The gate measures growth against the
last decision that approved a plan. Triggers such as `requests > 4M / month` are read again when things have changed.

Examples:

  outlay decide plans/assistant.yaml "stay with the API" --because "break-even at 3.2B tokens" --reopen "10x traffic"

  outlay decide plans/assistant.yaml "approved for 2027" --because "within budget" --by "finance board"
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("decide", help=HELP)(decide)


@reported
def decide(
    file: FileArgument,
    decision: Annotated[str, typer.Argument(help="What was decided.", show_default=False)],
    because: Annotated[str, typer.Option(help="Why.", show_default=False)],
    by: Annotated[str, typer.Option(help="Who decided.")] = "",
    option: Annotated[list[str] | None, typer.Option(help="What else was weighed; may be said several times.")] = None,
    reopen: Annotated[list[str] | None, typer.Option(help="What would re-open it; may be said several times.")] = None,
    approve: Annotated[bool, typer.Option("--approve/--reject", help="Whether the plan was approved.")] = True,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Record a decision."""
    from outlay.plan.decisions import record_of, write_decision

    stack = computed(file, workspace)
    said = {"decision": decision, "because": because, "by": by, "approved": approve}
    record = record_of(stack, {**said, "options": option or [], "reopen": reopen or []}, datetime.now(UTC))
    path = write_decision(checked_folder(workspace) or file.parent, record)
    told = record.model_dump(mode="json")
    rows = [[name, "; ".join(value) if isinstance(value, list) else str(value)] for name, value in told.items()]
    emit(format, Table(["of the record", ""], rows), {"path": str(path), **told}, foot=[f"written: {path}"])
