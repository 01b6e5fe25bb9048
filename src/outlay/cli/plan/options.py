"""What the commands of plans share: the file, the draws, and a computed stack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import checked_folder
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.file.read import PlanFile
    from outlay.plan.stack import Stack
    from outlay.plan.world import Prices

FileArgument = Annotated[Path, typer.Argument(help="The plan: a YAML file.", show_default=False)]
DrawsOption = Annotated[int, typer.Option("--draws", help="How many draws; a power of 2.", min=2, max=1 << 20)]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)]
DRAWS, SEED = 16_384, 1


def read(file: Path, workspace: Path | None) -> "tuple[PlanFile, Prices]":
    """The plan in a file, and the prices of its day: those of the workspace, if there is one."""
    from datetime import UTC, datetime

    from outlay.plan.file.read import read_plan
    from outlay.workspace_plans import prices_of

    plan = read_plan(file)
    day = plan.plan.prices or datetime.now(UTC).date()
    return plan, prices_of(checked_folder(workspace), day)


def computed(file: Path, workspace: Path | None, draws: int = DRAWS, seed: int = SEED) -> "Stack":
    """The stack of the plan in a file."""
    from outlay.plan.stack import compute

    if draws & (draws - 1):
        near = 1 << draws.bit_length() - 1
        raise InputError("E-PLAN-040", f"{draws:,} draws are no power of 2", f"say {near:,} or {2 * near:,}")
    plan, prices = read(file, workspace)
    return compute(plan, prices, draws, seed)
