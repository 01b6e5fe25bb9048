"""Plans for tests: written as people write them, computed on the list prices of one day."""

from datetime import date
from pathlib import Path
from textwrap import dedent

from outlay.plan.file.read import PlanFile, read_plan
from outlay.plan.stack import Stack, compute
from outlay.plan.world import Prices
from outlay.prices.book import list_prices
from outlay.prices.resource_rows import list_resources

HEAD = "plan: test\nstart: 2027-01\nprices: 2026-11-21\n"
DAY = date(2026, 11, 21)


def written(folder: Path, text: str, months: int = 12) -> PlanFile:
    """A plan of so many months from a text without its head."""
    path = folder / "plan.yaml"
    path.write_text(f"{HEAD}months: {months}\n{dedent(text)}", encoding="utf-8")
    return read_plan(path)


def stack_of(folder: Path, text: str, months: int = 12, draws: int = 1024) -> Stack:
    """The same, computed."""
    return compute(written(folder, text, months), list_prices_of(DAY), draws)


def list_prices_of(day: date) -> Prices:
    """The prices that come with outlay, on a day."""
    return Prices(list_prices(), list_resources(), day)


def line(stack: Stack, part: str) -> float:
    """The expected cost of the lines of a part."""
    return float(sum(one.costs[1] for one in stack.lines if one.part == part))
