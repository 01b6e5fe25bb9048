"""`outlay plan check`: whether a plan is whole."""

from datetime import UTC, datetime

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit
from outlay.cli.plan.options import FileArgument, read

HELP = """Check that a plan is whole: every one of the 15 layers costs something or is zero for a stated reason.

A plan of compute hours alone is incomplete. Exits with 3 if a layer is missing, or if the limits of the plan ask for
documented assumptions or signed parts and they are not there.

Examples:

  outlay plan check plans/assistant.yaml

  outlay plan check plans/assistant.yaml --format json
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", help=HELP)(check)


@reported
def check(file: FileArgument, format: FormatOption = "table", workspace: WorkspaceOption = None) -> None:
    """Check that a plan is whole."""
    from outlay.plan.completeness import examine
    from outlay.plan.differences import line_costs
    from outlay.plan.file.formulas import check_formulas
    from outlay.plan.gate import open_doubts

    plan, prices = read(file, workspace)
    check_formulas(plan)
    # Prices, models and GPUs that nobody knows are found by computing the plan once.
    line_costs(plan, prices)
    found = examine(plan, datetime.now(UTC).date())
    rows = [[s.layer, s.state, str(s.entries), s.told] for s in found.layers]
    data = {
        "plan": plan.name,
        "complete": not found.missing,
        "missing_layers": [s.layer for s in found.missing],
        "layers": [{"layer": s.layer, "state": s.state, "entries": s.entries, "told": s.told} for s in found.layers],
        "doubts": [{"kind": d.kind, "what": d.what, "place": d.place} for d in found.doubts],
    }
    foot = [f"{d.place}: {d.kind}: {d.what}" for d in found.doubts]
    verdict = f"incomplete: {len(found.missing)} layers are not stated" if found.missing else "complete"
    hint = "write their entries, or zero: with the reason" if found.missing else "outlay plan show"
    table = Table(["layer", "state", "entries", "who, or why"], rows, frozenset({"entries"}))
    emit(format, table, data, head=plan.name, foot=[*foot, f"{verdict}; next: {hint}"])
    if found.missing or open_doubts(plan, found):
        raise typer.Exit(3)
