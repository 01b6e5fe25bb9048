"""People who build and run AI: the share of their time x what they cost, salary, taxes and benefits included."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from outlay.plan.layers.bought import bought
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.labour import MonthlyHours, Rate, WorkHours
from outlay.plan.line import Line, Stage
from outlay.plan.quantities.field import PRICE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World
from outlay.prices.resources import Wanted

# What starts with production, as activities are named; spaces and underscores stand for hyphens.
RUNNING = {"on-call", "upgrades", "regression-tests", "incidents", "monitoring"}


class Role(Entry):
    """A role: full-time equivalents, or the models that each engineer keeps running, x a loaded salary.

    1 to 2 engineers at $200k to $300k a year are $200k to $600k: the ends of both ranges multiply.
    """

    kind: Literal["role"] = "role"
    fte: Annotated[Quantity, In("FTE")] | None = None
    """Full-time equivalents; 25% for a quarter of one person."""
    models: Annotated[Quantity, In("")] | None = None
    """How many models there are, where the people follow from them."""
    models_per_engineer: Annotated[Quantity, In("", also=("1/FTE",), least=1e-6)] | None = None
    """How many models one engineer keeps running, such as 2..3."""
    whole: bool = False
    """Whether only whole people can be hired."""
    salary: Annotated[Quantity, In("$/year", group=PRICE, also=("$/FTE/year",))] | None = None
    """What one costs a year: salary, taxes, benefits and place of work."""
    role: str = ""
    """The role in the price book, such as mlops-engineer, where no salary is stated."""
    activities: dict[str, Annotated[Quantity, share()]] = {}
    """What their time goes to, with shares of at most 100%: on-call, upgrades, evals, prompt-tuning ..."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line for each activity, and one for the rest of their time."""
        people = self._people(world)
        stated = None if self.salary is None else people * world(self.salary) / MONTHS_A_YEAR
        cost, why = (stated, f"{self.salary} as the plan states") if stated is not None else self._book(world, people)
        shares = {name: world(part) for name, part in self.activities.items()}
        total = sum(shares.values(), Path.of(0.0))
        if (most := float(np.median(total.grid()))) > 1.005:
            message = f"the activities take {most:.1%} of the time"
            raise PlanError("E-PLAN-023", message, "make them 100% or less", ("activities",))
        # Shares that are ranges take no more than all of the time in any draw.
        taken = total.each(lambda t: np.maximum(t, 1.0))
        told = f"{self._count} x {why}"
        for name, part in shares.items():
            spent = part / taken
            yield Line(
                name, cost * spent, f"{self.activities[name]} of {told}", people * spent, "FTE", _stage(name), True
            )
        rest = (1 - total / taken).each(lambda r: np.where(r > 1e-9, r, 0.0))
        if rest.grid().max() > 0:
            yield Line("other work" if shares else "work", cost * rest, told, people * rest, "FTE", fixed=True)

    def _book(self, world: World, people: Path) -> tuple[Path, str]:
        if not self.role:
            hint = "write salary, or a role of: outlay prices list --family labour"
            raise PlanError("E-PLAN-053", f"nobody says what {self.name} costs", hint)
        wanted = Wanted("labour", self.role, self.provider, "year", self.region)
        return bought(world, None, wanted, {"people": people}, ("role",))

    @property
    def _count(self) -> str:
        if self.fte is not None:
            return str(self.fte)
        return f"{self.models} models / {self.models_per_engineer}"

    def _people(self, world: World) -> Path:
        """How many people there are in each month."""
        if self.fte is not None and self.models is None and self.models_per_engineer is None:
            found = world(self.fte)
        elif self.fte is None and self.models is not None and self.models_per_engineer is not None:
            found = world(self.models) / world(self.models_per_engineer)
        else:
            message = f"{self.name} says no cost" if self.fte is None else f"{self.name} counts its people twice"
            raise PlanError("E-PLAN-021", message, "write fte, or models and models_per_engineer")
        return found.each(lambda p: np.ceil(p - 1e-9)) if self.whole else found


def _stage(activity: str) -> Stage:
    """Whether an activity starts with production."""
    return "production" if activity.lower().replace(" ", "-").replace("_", "-") in RUNNING else "initial"


class Hours(Entry):
    """Work by the hour: so many hours a month, and so many for each release."""

    kind: Literal["hours"] = "hours"
    hours: MonthlyHours | None = None
    """Hours a month: 40, 40 h or 10 h/week."""
    releases: Annotated[Quantity, In("releases/month", also=("1/month", "runs"))] | None = None
    """Releases a month."""
    hours_per_release: WorkHours | None = None
    """Hours that one release takes."""
    rate: Rate
    """What an hour costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The hours of each month, and those of releases."""
        rate = world(self.rate)
        if self.hours is not None:
            hours = world(self.hours)
            yield Line("hours", hours * rate, f"{self.hours} a month at {self.rate}", hours, "h", fixed=True)
        if (self.releases is None) != (self.hours_per_release is None) or (
            self.hours is None and self.releases is None
        ):
            hint = "write hours, or releases and hours_per_release"
            raise PlanError("E-PLAN-021", f"{self.name} does not say how many hours", hint)
        if self.releases is not None and self.hours_per_release is not None:
            hours = world(self.releases) * world(self.hours_per_release)
            why = f"{self.releases} releases x {self.hours_per_release} at {self.rate}"
            yield Line("releases", hours * rate, why, hours, "h", "production", fixed=True)


ENTRIES = (Role, Hours)
