"""What the entries of a plan are computed in: its months, the values of its quantities, and the prices of its day."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as File
from typing import TYPE_CHECKING

import numpy as np

from outlay.model.problem import OutlayError
from outlay.plan.quantities.path import Array, Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import ONE, parse_unit, times, told

if TYPE_CHECKING:
    from outlay.plan.file.schema import Assumption
    from outlay.prices.book import Book
    from outlay.prices.resources import Resources

MONTHS_A_YEAR = 12
MONEY, MONEY_A_MONTH = parse_unit("$").dimension, parse_unit("$/month").dimension


class PlanError(OutlayError):
    """Something is wrong with a value of a plan: `where` is its path within the entry that is computed."""

    exit_code = 2

    def __init__(self, code: str, message: str, hint: str = "", where: tuple[str | int, ...] = ()) -> None:
        super().__init__(code, message, hint)
        self.where = where


@dataclass(frozen=True)
class Prices:
    """The price book on the day of a plan, and what a dollar is worth in its currency."""

    book: "Book"
    resources: "Resources"
    day: date
    dollar: float = 1.0


@dataclass
class World:
    """One evaluation of a plan: some draws of its ranges over its months.

    `values` holds a number for each draw of every range, by the name of its place; `names` the place of each quantity
    that is a range. Quantities that are `scaled` are multiplied: ten times the traffic. Files that a plan
    names lie in its `folder`.
    """

    months: int
    start: date
    prices: Prices
    assumptions: Mapping[str, "Assumption"]
    values: Mapping[str, Array]
    names: Mapping[int, str]
    scaled: Mapping[int, float] = field(default_factory=dict)
    folder: File = File()
    known: dict[str, Path] = field(default_factory=dict)

    def __call__(self, quantity: Quantity) -> Path:
        """The value of a quantity in the unit of its field, over months and draws."""
        factor = self.scaled.get(id(quantity), 1.0) * quantity.scale if quantity.formula is None else 1.0
        if quantity.number is not None:
            return Path.of(quantity.number * factor)
        if quantity.range is not None:
            return Path(self.values[self.names[id(quantity)]] * factor)
        assert quantity.formula is not None
        found = quantity.formula.value({name: self.assumption(name) for name in quantity.formula.names})
        return found * (quantity.unit.factor * quantity.measured(self.dimension_of(quantity)))

    def dimension_of(self, quantity: Quantity) -> tuple[tuple[str, int], ...]:
        """The dimension of a quantity as it was written; that of a formula follows from its names if it is not told."""
        if quantity.formula is None or quantity.unit.dimension:
            return quantity.unit.dimension
        of = {name: self.dimension_of(self.assumptions[name].value) for name in quantity.formula.names}
        return quantity.formula.dimension(of)

    def assumption(self, name: str) -> Path:
        """The value of a named assumption in base units, with its growth and its steps."""
        if name not in self.known:
            self.known[name] = self._grown(self.assumptions[name])
        return self.known[name]

    def _grown(self, said: "Assumption") -> Path:
        found = self.by_month(said) if said.by_month else self(said.value)
        if said.growth is not None:
            found = self.growing(found, said.growth)
        return found * self.steps(said) if said.steps else found

    def growing(self, path: Path, growth: Quantity) -> Path:
        """A path times (1 + growth) from each month to the next."""
        rate, period = self(growth), self._period(growth)
        if not rate.constant:
            raise PlanError("E-PLAN-026", "a growth that changes over the months", "give the growth as one number")
        # 60% a year is 1.6 after a year, so 4% a month, not 5%.
        return path.growing((1 + rate.level * period) ** (1 / period), self.months)

    def _period(self, growth: Quantity) -> float:
        """After how many months a growth counts, as it is written: 12 for `60% / year`."""
        named = growth.formula.text.strip() if growth.formula else ""
        told = self.assumptions[named].value if named in self.assumptions else growth
        _, slash, period = told.unit.words.rpartition("/")
        return parse_unit(period).factor if slash and told.unit.dimension else 1.0

    def falling(self, path: Path, decline: Quantity | None) -> Path:
        """A price that falls by a share each year, a twelfth of the way each month."""
        if decline is None:
            return path
        # A twelfth of the logarithm: three times as fast as a power.
        return path.growing(np.exp(np.log(np.maximum(1 - self(decline).level, 1e-300)) / MONTHS_A_YEAR), self.months)

    def by_month(self, said: "Assumption") -> Path:
        """The value of each month as the plan tells it."""
        given = [said.by_month[label] for label in self.labels]
        factor = self.scaled.get(id(said.value), 1.0) * said.value.unit.factor
        return Path.by_month(np.stack([np.atleast_1d(self(q).level) for q in given])) * factor

    def steps(self, said: "Assumption") -> Path:
        """1, times every factor from its month on."""
        factors = [(self.month_of(label), self(factor).level) for label, factor in said.steps.items()]
        grid = np.ones((self.months, max((len(f) for _, f in factors), default=1)))
        for first, factor in factors:
            grid[max(first, 0) :] *= factor
        return Path.by_month(grid)

    @property
    def labels(self) -> list[str]:
        """The months of the plan: `2027-01` ..."""
        return [month_label(self.start, index) for index in range(self.months)]

    def month_of(self, label: str) -> int:
        """Which month of the plan a label is; below 0 before it."""
        return month_index(self.start, label)

    def every(self, times_a_year: float, first: int = 0) -> Path:
        """How often something falls into each month that happens so often a year, evenly from a month on."""
        if times_a_year >= MONTHS_A_YEAR:
            return Path.of(times_a_year / MONTHS_A_YEAR)
        begun = np.maximum(np.arange(self.months + 1) - first, 0) * times_a_year / MONTHS_A_YEAR
        return Path.by_month(np.diff(np.ceil(begun - 1e-9)))

    def expect_money(self, *quantities: Quantity) -> None:
        """Refuse quantities whose product is no money per month."""
        found = ONE
        for quantity in quantities:
            found = times(found, self.dimension_of(quantity))
        bare = any(self.dimension_of(quantity) == ONE for quantity in quantities)
        if not bare and found not in (MONEY_A_MONTH, MONEY):
            said = " x ".join(map(str, quantities))
            raise PlanError("E-PLAN-011", f"{said} is {told(found)}, no money per month", "make the units fit")


def month_label(start: date, index: int) -> str:
    """The month that is so many after the first: `2027-03`."""
    count = start.year * MONTHS_A_YEAR + start.month - 1 + index
    return f"{count // MONTHS_A_YEAR:04}-{count % MONTHS_A_YEAR + 1:02}"


def month_index(start: date, label: str) -> int:
    """How many months a label is after the first one."""
    year, month = map(int, label.split("-"))
    return (year - start.year) * MONTHS_A_YEAR + month - start.month
