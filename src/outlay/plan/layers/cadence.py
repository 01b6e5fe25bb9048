"""How often something is done again: on a schedule, whenever enough has come in, and when the world drifts away."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from outlay.plan.layers.entry import Entry
from outlay.plan.quantities.field import ANY, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import ONE, parse_unit, times
from outlay.plan.world import MONTHS_A_YEAR, PlanError, World

# Times a year. A month has 52 / 12 = 4.33 weeks. `continuous` is once an hour: an assumption of outlay.
CADENCES = {"continuous": 8760, "daily": 365, "weekly": 52, "monthly": 12, "quarterly": 4, "yearly": 1}
_A_MONTH = parse_unit("1/month").dimension


@dataclass(frozen=True)
class Every(In):
    """A cadence: a word such as `weekly`, or times a year."""

    def read(self, said: Any) -> Quantity:
        """The times a year that a value says. Raises `PydanticCustomError` with a code of outlay."""
        word = said.strip().lower() if isinstance(said, str) else ""
        if word in CADENCES:
            return replace(super().read(f"{CADENCES[word]} / year"), text=word)
        if near := get_close_matches(word, CADENCES, n=1, cutoff=0.8):
            known = f"{', '.join(CADENCES)}, or 6 / year"
            raise PydanticCustomError("E-PLAN-051", f"unknown cadence {said!r}; did you mean {near[0]}? known: {known}")
        return super().read(said)


EVERY = Every("1/year", also=("runs/year",))
Cadence = Annotated[Quantity, EVERY]


def times_a_month(world: World, every: Quantity, since: str | None = None) -> Path:
    """How often something falls into each month: in the months that its cadence names, from its first month on.

    Quarterly is 1, 0, 0, 1, ...; weekly 4.33 in every month; a range of times a year is its expectation.
    """
    if every.number is None:
        return world(every) / MONTHS_A_YEAR
    return world.every(every.number * every.scale, world.month_of(since) if since else 0)


class Cyclic(Entry):
    """What runs in cycles. Those of the schedule, of the threshold and of drift add up."""

    every: Cadence | None = None
    """How often on schedule: continuous (hourly), daily, weekly, monthly, quarterly, yearly, or times a year."""
    new: Annotated[Quantity, In(ANY, knob="traffic", group=USAGE)] | None = None
    """What comes in each month, such as GB or items, for `threshold`."""
    threshold: Annotated[Quantity, In(ANY)] | None = None
    """A cycle runs whenever so much has come in."""
    drift: Cadence | None = None
    """How often a year drift asks for a cycle, such as 1..2..5."""

    def cycles(self, world: World) -> Path:
        """How many cycles run in each month."""
        found = [times_a_month(world, self.every, self.since)] if self.every is not None else []
        if self.new is not None or self.threshold is not None:
            found.append(self._reached(world))
        if self.drift is not None:
            found.append(world(self.drift) / MONTHS_A_YEAR)
        if not found:
            raise PlanError("E-PLAN-050", f"{self.name} says not how often", "write every, threshold and new, or drift")
        return sum(found[1:], found[0])

    @property
    def told(self) -> str:
        """When cycles run, in words."""
        after = f"at each {self.threshold} of {self.new}" if self.threshold is not None else ""
        drifted = f"for drift {self.drift} a year" if self.drift is not None else ""
        return " and ".join(filter(None, [str(self.every) if self.every is not None else "", after, drifted]))

    def _reached(self, world: World) -> Path:
        """How often the threshold is reached."""
        if self.new is None or self.threshold is None:
            missing = "new" if self.new is None else "threshold"
            raise PlanError("E-PLAN-050", f"{self.name} has no {missing}", "threshold and new go together")
        new, threshold = world.dimension_of(self.new), world.dimension_of(self.threshold)
        if new != ONE and threshold != ONE and times(new, threshold, -1) not in (ONE, _A_MONTH):
            message = f"{self.new} does not reach {self.threshold}"
            raise PlanError("E-PLAN-011", message, "give both in the same unit", ("threshold",))
        level = world(self.threshold)
        if level.grid().min() <= 0:
            raise PlanError("E-PLAN-050", "a threshold of nothing", "write how much asks for a cycle", ("threshold",))
        return world(self.new) / level
