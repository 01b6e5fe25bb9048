"""What the commands of plans share: the file, the draws, and a computed stack."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import checked_folder, find_book
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.file.read import PlanFile
    from outlay.plan.stack import Stack
    from outlay.plan.world import Prices

FileArgument = Annotated[Path, typer.Argument(help="The plan: a YAML file.", show_default=False)]
DrawsOption = Annotated[int, typer.Option("--draws", help="How many draws; a power of 2.", min=2, max=1 << 20)]
SeedOption = Annotated[int, typer.Option("--seed", help="The same seed gives the same figures.", min=0)]
DRAWS, SEED = 16_384, 1


def find_prices(plan: "PlanFile", workspace: Path | None) -> "Prices":
    """The price book on the day of a plan: that of the workspace, if there is one."""
    from datetime import UTC, datetime

    from outlay.plan.world import Prices
    from outlay.prices.own import resources_of

    day = plan.plan.prices or datetime.now(UTC).date()
    return Prices(find_book(workspace), resources_of(checked_folder(workspace)), day)


def computed(file: Path, workspace: Path | None, draws: int = DRAWS, seed: int = SEED) -> "Stack":
    """The stack of the plan in a file."""
    from outlay.plan.file.read import read_plan
    from outlay.plan.stack import compute

    if draws & (draws - 1):
        near = 1 << draws.bit_length() - 1
        raise InputError("E-PLAN-040", f"{draws:,} draws are no power of 2", f"say {near:,} or {2 * near:,}")
    plan = read_plan(file)
    return compute(plan, find_prices(plan, workspace), draws, seed)
