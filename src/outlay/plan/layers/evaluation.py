"""Knowing whether it works: a gold set that people make, judged runs over it, human review and red teams."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.cadence import Cyclic
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.judge import Judge
from outlay.plan.layers.labour import MINUTES_AN_HOUR, Minutes, Rate, WorkHours
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World

ONCE = parse_quantity(1)
Cases = Annotated[Quantity, In("cases")]


class GoldSet(Entry):
    """A gold set: 1,200 cases x 15 minutes x 2 people at $60 are $36,000 once; 20% renewed a year $600 a month."""

    kind: Literal["gold-set"] = "gold-set"
    cases: Cases
    """How many cases it holds."""
    minutes: Minutes
    """Minutes of one person for one case."""
    annotators: Annotated[Quantity, In("", also=("people",))] = ONCE
    """How many people answer each case."""
    rate: Rate
    """What an hour of them costs."""
    renewed: Annotated[Quantity, In("1/year")] | None = None
    """Share of the cases that is made anew each year, as questions and answers age."""

    def lines(self, world: World) -> Iterator[Line]:
        """What it costs to make it once, and to renew it."""
        hours = world(self.cases) * world(self.annotators) * world(self.minutes) / MINUTES_AN_HOUR
        told = f"{self.cases} x {self.annotators} x {self.minutes} at {self.rate}"
        first = world.month_of(self.since) if self.since else 0
        # A set that was made before the plan begins is paid.
        if first >= 0:
            cost = hours * world(self.rate)
            yield Line("gold set", cost, f"{told}, once", hours, "h", fixed=True, first=first, until=first + 1)
        if self.renewed is not None:
            anew = hours * world(self.renewed) / MONTHS_A_YEAR
            why = f"{self.renewed} a year of {told}"
            yield Line("renewal", anew * world(self.rate), why, anew, "h", "production", fixed=True)


class JudgeRuns(Cyclic, Judge):
    """A model judges the answers to every case: 1,200 cases weekly are 5,200 judgements a month."""

    kind: Literal["judge-runs"] = "judge-runs"
    cases: Cases
    """How many cases one run judges."""
    votes: Annotated[Quantity, In("")] = ONCE
    """How many judgements each case gets."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: what the judge reads and writes."""
        calls = self.cycles(world) * world(self.cases) * world(self.votes)
        cost, why = self.judged(world, calls)
        told = f"{self.cases} x {self.votes} {self.told}, {why}"
        yield Line(f"judged by {self.model}", cost, told, calls, "requests", "production", True, model=self.model)


class HumanReview(Entry):
    """People read a part of the answers: 2,000 items x 3 minutes at $60 are $6,000 a month."""

    kind: Literal["human-review"] = "human-review"
    items: Annotated[Quantity, In("items/month", knob="traffic", group=USAGE, also=("requests/month", "items"))]
    """How many are read each month."""
    minutes: Minutes
    """Minutes for one of them."""
    rate: Rate
    """What an hour costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the hours."""
        hours = world(self.items) * world(self.minutes) / MINUTES_AN_HOUR
        why = f"{self.items} x {self.minutes} at {self.rate}"
        yield Line("human review", hours * world(self.rate), why, hours, "h", "production")


class RedTeam(Cyclic):
    """People try to break it: 80 hours at $150 and $3,000 of tools are $15,000 each time."""

    kind: Literal["red-team"] = "red-team"
    hours: WorkHours | None = None
    """Hours of one exercise."""
    rate: Rate | None = None
    """What an hour costs."""
    tools: Annotated[Quantity, In("$/run", group=PRICE, also=("$",))] | None = None
    """Tools, tokens and fees of one exercise."""

    def lines(self, world: World) -> Iterator[Line]:
        """The hours, and the tools."""
        if (self.hours is None) != (self.rate is None) or (self.hours is None and self.tools is None):
            raise PlanError("E-PLAN-021", f"{self.name} says no cost, or half of one", "write hours and rate, or tools")
        exercises = self.cycles(world)
        if self.hours is not None and self.rate is not None:
            hours = exercises * world(self.hours)
            why = f"{self.hours} at {self.rate}, {self.told}"
            yield Line("red team", hours * world(self.rate), why, hours, "h", "production", fixed=True)
        if self.tools is not None:
            why = f"{self.tools} each, {self.told}"
            yield Line(
                "red team tools", exercises * world(self.tools), why, exercises, "runs", "production", fixed=True
            )


ENTRIES = (GoldSet, JudgeRuns, HumanReview, RedTeam)
