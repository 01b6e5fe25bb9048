"""Plans of a workspace: computed at its prices, and laid out as charges for a load."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outlay.model.problem import InputError
from outlay.plan.charges import account, charges_csv
from outlay.plan.file.read import read_plan
from outlay.plan.stack import Stack, compute
from outlay.plan.world import Prices
from outlay.prices.own import book_of, resources_of


@dataclass(frozen=True, slots=True)
class LaidOut:
    """A plan whose charges lie in a file: the account that they are booked to, and the months that they cover."""

    path: Path
    account: str
    months: frozenset[str]
    missing: tuple[str, ...] = ()


def prices_of(workspace: Path | None, day: date) -> Prices:
    """The price book of a workspace, or the list prices, on a day."""
    return Prices(book_of(workspace), resources_of(workspace), day)


def computed(path: Path, workspace: Path | None, today: date) -> Stack:
    """The plan at `path` at the prices of its day. Its expected costs do not depend on the draws, so there are few."""
    plan = read_plan(path)
    return compute(plan, prices_of(workspace, plan.plan.prices or today), draws=2)


def lay_out(paths: Sequence[Path], workspace: Path, scratch: Path, today: date) -> dict[Path, LaidOut]:
    """The charges of some plans, each in a file of the same name in `scratch`."""
    found: dict[Path, LaidOut] = {}
    for index, path in enumerate(dict.fromkeys(paths)):
        stack = computed(path, workspace, today)
        text = charges_csv(stack)
        if not text:
            raise InputError("E-PLAN-041", "the plan costs nothing", "nothing is loaded", str(path))
        target = scratch / "plans" / str(index) / path.name
        target.parent.mkdir(parents=True)
        target.write_text(text, encoding="utf-8")
        months = frozenset(f"{month}-01" for month in stack.months)
        found[path] = LaidOut(target, account(stack.plan.name), months, stack.plan.missing)
    return found
