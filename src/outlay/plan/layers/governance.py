"""Rules that AI has to keep: five duties, each models x how often x hours x rate, and the tools for it."""

from collections.abc import Iterator
from typing import Annotated, Literal

from outlay.plan.layers.cadence import EVERY, Cadence, times_a_month
from outlay.plan.layers.entry import Entry, Money, Strict
from outlay.plan.layers.labour import Rate, WorkHours
from outlay.plan.line import Line, Stage
from outlay.plan.quantities.field import In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.world import PlanError, World

DUTIES = ("classification", "model_cards", "audit_trail", "bias_tests", "regulation")
# Duties that begin when a model runs; the others are done before.
RUNNING = ("audit_trail", "bias_tests", "regulation")
# An assumption of outlay: what nobody says otherwise is done once a year.
YEARLY = EVERY.read("yearly")


class Duty(Strict):
    """A duty: hours for each model, and tools."""

    hours: WorkHours
    """Hours for one model each time; 0 where nothing is done."""
    every: Cadence = YEARLY
    """How often: daily, weekly, monthly, quarterly, yearly, or times a year."""
    models: Annotated[Quantity, In("")] | None = None
    """How many models it is done for, where that is not all of them."""
    rate: Rate | None = None
    """What an hour costs, where that is not the common rate."""
    tools: Money | None = None
    """What tools for it cost a month."""


class Programme(Entry):
    """Governance of models: each of the five duties has to be stated, with `hours: 0` where nothing is done.

    8 models x 6 hours each quarter at $120 are $5,760 in the first month of every quarter.
    """

    kind: Literal["programme"] = "programme"
    models: Annotated[Quantity, In("")]
    """How many models there are."""
    rate: Rate
    """What an hour costs."""
    classification: Duty | None = None
    """Classification of data and of use cases by risk."""
    model_cards: Duty | None = None
    """Model cards and system cards, kept up to date."""
    audit_trail: Duty | None = None
    """Audit trail: who changed and who used what; its storage is a tool."""
    bias_tests: Duty | None = None
    """Tests for bias and fairness."""
    regulation: Duty | None = None
    """Regulation: conformity, registers, reports to authorities."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line for each duty."""
        duties: dict[str, Duty | None] = {name: getattr(self, name) for name in DUTIES}
        if missing := [name for name, duty in duties.items() if duty is None]:
            hint = f"write {missing[0]}: {{hours: 0}} if nothing is done for it"
            raise PlanError("E-PLAN-057", f"{self.name} says nothing of {', '.join(missing)}", hint)
        for name, duty in duties.items():
            if duty is not None:
                yield self._duty(world, name, duty)

    def _duty(self, world: World, name: str, duty: Duty) -> Line:
        models, rate = duty.models or self.models, duty.rate or self.rate
        hours = world(models) * times_a_month(world, duty.every, self.since) * world(duty.hours)
        tools = world(duty.tools) if duty.tools is not None else Path.of(0.0)
        why = f"{models} models x {duty.hours} {duty.every} at {rate}"
        told = f"{why} + {duty.tools} of tools" if duty.tools is not None else why
        stage: Stage = "production" if name in RUNNING else "initial"
        return Line(name.replace("_", "-"), hours * world(rate) + tools, told, hours, "h", stage, fixed=True)


ENTRIES = (Programme,)
