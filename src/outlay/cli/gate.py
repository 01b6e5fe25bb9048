"""`outlay gate`: whether a plan may go on; exit 3 if not."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, checked_folder, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, SeedOption, computed
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.gate import Verdict

HELP = """Say whether plans keep their limits, for CI: completeness, P80 month and total, cost for each success, growth.

The limits stand in the plan under `limits`. Growth is measured against the last approved decision (outlay decide).
Exits with 0 if every limit of every plan is kept, with 3 if one is not.

Examples:

  outlay gate plans/assistant.yaml

  outlay gate plans/*.yaml --format markdown
"""
WORDS = {True: "yes", False: "NO", None: "cannot be told"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gate", help=HELP)(gate)


@reported
def gate(
    files: Annotated[list[Path], typer.Argument(help="Plans.", show_default=False)],
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Judge plans by their limits."""
    from outlay.plan.decisions import last_approved
    from outlay.plan.gate import judge

    folder, today = checked_folder(workspace), datetime.now(UTC).date()
    found: list[tuple[str, Verdict]] = []
    for file in files:
        stack = computed(file, workspace, draws, seed)
        approved = last_approved(folder or file.parent, stack.plan.name)
        verdicts = judge(stack, approved, today)
        if not verdicts:
            hint = "write limits: {p80_month: $60k, complete: true}"
            raise InputError("E-PLAN-088", f"{stack.plan.name} has no limits", hint, str(file))
        found += [(stack.plan.name, verdict) for verdict in verdicts]
    passed = all(verdict.passed is not False for _, verdict in found)
    rows = [[name, v.limit, v.allowed, v.found, WORDS[v.passed]] for name, v in found]
    names = ("limit", "allowed", "found", "passed", "hint")
    data = {
        "passed": passed,
        "limits": [{"plan": plan, **{name: getattr(v, name) for name in names}} for plan, v in found],
    }
    foot = [
        f"{name}: {v.limit}: {v.hint or 'change the plan, or the limit with its owner'}"
        for name, v in found
        if v.passed is False
    ]
    emit(format, Table(["plan", "limit", "allowed", "found", "kept"], rows), data, foot=[*foot, _told(passed)])
    if not passed:
        raise typer.Exit(3)


def _told(passed: bool) -> str:
    return "passed: every limit is kept" if passed else "refused: a limit is not kept"
