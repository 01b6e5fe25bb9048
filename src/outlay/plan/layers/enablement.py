"""People who shall use it: training, support that grows with them, and the programme that changes how they work."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.entry import Entry, Money
from outlay.plan.layers.labour import MINUTES_AN_HOUR, MonthlyHours, Rate, WorkHours
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World

NONE = parse_quantity(0)


class Training(Entry):
    """Courses for users: 200 people x (4 h at $60 + $150) are $78,000 once; with 12% new a year $780 a month more."""

    kind: Literal["training"] = "training"
    people: Annotated[Quantity, In("people")]
    """How many are trained in the first month."""
    hours: WorkHours
    """Hours that one of them spends."""
    rate: Rate
    """What an hour of them costs."""
    course: Annotated[Quantity, In("$/person", group=PRICE, also=("$",))] = NONE
    """What the course costs for one of them."""
    turnover: Annotated[Quantity, In("1/year")] | None = None
    """Share of them that is new each year and trained as well; repeated courses belong here too."""

    def lines(self, world: World) -> Iterator[Line]:
        """The first course, and those who come later."""
        people = world(self.people)
        each = world(self.hours) * world(self.rate) + world(self.course)
        told = f"{self.people} x ({self.hours} at {self.rate} + {self.course})"
        begins = world.month_of(self.since) if self.since else 0
        # Who was trained before the plan begins is paid.
        if begins >= 0:
            cost, why = people * each, f"{told}, once"
            yield Line("training", cost, why, people, "people", fixed=True, first=begins, until=begins + 1)
        if self.turnover is not None:
            new = people * world(self.turnover) / MONTHS_A_YEAR
            why = f"{self.turnover} a year of {told}"
            yield Line("training of newcomers", new * each, why, new, "people", "production", fixed=True)


class Support(Entry):
    """Tickets of users: 400 x 20 minutes at $45 are $6,000 a month."""

    kind: Literal["support"] = "support"
    tickets: (
        Annotated[Quantity, In("tickets/month", knob="support", group=USAGE, also=("tickets", "requests/month"))] | None
    ) = None
    """Tickets a month."""
    users: Annotated[Quantity, In("users", knob="traffic", group=USAGE)] | None = None
    """Users, where the tickets follow from them."""
    tickets_per_user: (
        Annotated[Quantity, In("tickets/user/month", knob="support", also=("tickets/month", "1/month"))] | None
    ) = None
    """Tickets of one user a month."""
    minutes: Annotated[Quantity, In("min", knob="support", also=("min/ticket",))]
    """Minutes for one ticket."""
    rate: Rate
    """What an hour of support costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line: the hours."""
        tickets, told = self._tickets(world)
        hours = tickets * world(self.minutes) / MINUTES_AN_HOUR
        why = f"{told} x {self.minutes} at {self.rate}"
        yield Line("support", hours * world(self.rate), why, tickets, "tickets", "production")

    def _tickets(self, world: World) -> tuple[Path, str]:
        if self.tickets is not None and self.users is None and self.tickets_per_user is None:
            return world(self.tickets), str(self.tickets)
        if self.tickets is not None or self.users is None or self.tickets_per_user is None:
            hint = "write tickets, or users and tickets_per_user"
            raise PlanError("E-PLAN-021", f"{self.name} does not say how many tickets", hint)
        return world(self.users) * world(self.tickets_per_user), f"{self.users} x {self.tickets_per_user}"


class Change(Entry):
    """A programme of change: hours of those who lead it, and what events and material cost; `until` ends it."""

    kind: Literal["change"] = "change"
    hours: MonthlyHours | None = None
    """Hours a month of those who lead it: champions, communication, redesign of work."""
    rate: Rate | None = None
    """What an hour of them costs."""
    material: Money | None = None
    """What events, advisers and material cost a month."""

    def lines(self, world: World) -> Iterator[Line]:
        """The hours, and the material."""
        if (self.hours is None) != (self.rate is None) or (self.hours is None and self.material is None):
            hint = "write hours and rate, or material"
            raise PlanError("E-PLAN-021", f"{self.name} says no cost, or half of one", hint)
        if self.hours is not None and self.rate is not None:
            hours = world(self.hours)
            yield Line("change", hours * world(self.rate), f"{self.hours} at {self.rate}", hours, "h", fixed=True)
        if self.material is not None:
            yield Line("material", world(self.material), f"{self.material} a month", fixed=True)


ENTRIES = (Training, Support, Change)
