"""What every entry of a layer has, and the entries that any layer may hold."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from outlay.plan.line import Line
from outlay.plan.quantities.field import ANY, PRICE, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.world import PlanError, World

Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Money = Annotated[Quantity, In("$/month", group=PRICE, also=("$",))]
Decline = Annotated[Quantity, In("1/year", least=None, most=1.0)]


def _a_month(amount: Quantity) -> str:
    """An amount in words: `$100 a month`, `$3k / month`."""
    return str(amount) if "/" in amount.text else f"{amount} a month"


class Strict(BaseModel):
    """A part of a plan: unknown keys are mistakes, and nothing changes once it is read."""

    # Defaults are read as if they were written, so that they are in the unit of their field. Schemas are built when
    # they are needed: the one of a plan holds all others.
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, validate_default=True, defer_build=True
    )


class Entry(Strict):
    """One thing that costs. `since` and `until` are its first and last month; the rest says whose it is."""

    name: str
    """What it is called, once in its layer."""
    since: Month | None = Field(default=None, alias="from")
    """Its first month, such as 2027-03; the first of the plan if nothing is said."""
    until: Month | None = None
    """Its last month."""
    owner: str = ""
    """Who answers for it; the owner of the file if nothing is said."""
    team: str = ""
    """The team that it belongs to, as in the ledger."""
    project: str = ""
    """The project."""
    feature: str = ""
    """The feature or use case."""
    tenant: str = ""
    """The customer that it is for."""
    environment: str = ""
    """The environment, such as production."""
    phase: str = ""
    """research, development, staging or production."""
    provider: str = ""
    """Who sells it; prices are looked up there."""
    region: str = ""
    """Where; prices are looked up there."""
    note: str = ""
    """Anything worth telling."""

    def lines(self, world: World) -> Iterator[Line]:
        """What it costs, part by part."""
        raise NotImplementedError


class Cost(Entry):
    """Any cost: an amount each month, an amount once, or a price for each unit of a driver.

    With an `exponent` the cost of the driver follows it as (driver / at)^exponent: 0.5 for what grows with the square
    root of the load, 0 for what does not grow. The unit cost may `decline` by a share each year.
    """

    kind: Literal["cost"] = "cost"
    amount: Money | None = None
    """What it costs each month."""
    once: Annotated[Quantity, In("$", group=PRICE)] | None = None
    """What it costs in its first month only."""
    driver: Annotated[Quantity, In(ANY, knob="traffic", group=USAGE)] | None = None
    """How much there is of what drives it, in a month."""
    unit_cost: Annotated[Quantity, In(ANY, group=PRICE)] | None = None
    """What one unit of the driver costs."""
    decline: Decline | None = None
    """By which share the unit cost falls a year."""
    exponent: Annotated[Quantity, In("", least=None)] | None = None
    """How the cost follows the driver: 1 in proportion, 0.5 with its square root, 0 not at all."""
    at: Annotated[Quantity, In(ANY)] | None = None
    """The driver at which `unit_cost` holds as it is; that of the first month if nothing is said."""

    def lines(self, world: World) -> Iterator[Line]:
        """The amount, the driver times its unit cost, and what is paid once."""
        if self.amount is not None:
            yield Line("amount", world(self.amount), _a_month(self.amount), fixed=True)
        if self.driver is not None or self.unit_cost is not None:
            yield self._driven(world)
        if self.once is not None:
            # What was paid before the plan begins is no cost of it.
            first = world.month_of(self.since) if self.since else 0
            yield Line("once", world(self.once), f"{self.once} once", fixed=True, first=first, until=first + 1)
        if self.amount is None and self.once is None and self.driver is None:
            raise PlanError("E-PLAN-021", f"{self.name} says no cost", "write amount, once, or driver and unit_cost")

    def _driven(self, world: World) -> Line:
        if self.driver is None or self.unit_cost is None:
            missing = "driver" if self.driver is None else "unit_cost"
            raise PlanError("E-PLAN-021", f"{self.name} has no {missing}", "driver and unit_cost go together")
        driver, price = world(self.driver), world.falling(world(self.unit_cost), self.decline)
        world.expect_money(self.driver, self.unit_cost)
        why = f"{self.driver} at {self.unit_cost}"
        if self.exponent is None:
            return Line("usage", driver * price, why, driver)
        base = world(self.at) if self.at is not None else Path.of(driver.grid()[0])
        scaled = (driver / base) ** world(self.exponent) * base
        return Line("usage", scaled * price, f"{why}, to the power {self.exponent}", driver)
