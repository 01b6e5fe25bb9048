"""Work of people in a plan: hours, and what an hour of them costs."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from outlay.plan.quantities.field import PRICE, In
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import ONE, Unit, parse_unit

_HOUR, _AN_HOUR = parse_unit("h"), parse_unit("$/h")


@dataclass(frozen=True)
class HoursAMonth(In):
    """Hours of work in a month: `40`, `40 h`, `40 h/month` and `10 h/week` are understood.

    Hours a week are a number without a dimension, so the month is put back that they are spread over.
    """

    def read(self, said: Any) -> Quantity:
        """The hours a month that a value says."""
        found = super().read(said)
        if found.unit.dimension == ONE and "/" in found.unit.words:
            spread = Unit(found.unit.factor, _HOUR.dimension, found.unit.words)
            return replace(found, unit=spread)
        return found


@dataclass(frozen=True)
class AnHour(In):
    """What an hour of work costs. Amounts a year are refused: nobody works the 8760 hours of one."""

    def read(self, said: Any) -> Quantity:
        """The price of an hour that a value says. Raises `PydanticCustomError` with a code of outlay."""
        found = super().read(said)
        if "/" in found.unit.words and found.unit.factor < _AN_HOUR.factor * (1 - 1e-9):
            message = f"{found} is no rate of an hour; write $/h, or a role of people with its salary"
            raise PydanticCustomError("E-PLAN-052", message)
        return found


MonthlyHours = Annotated[Quantity, HoursAMonth("h")]
WorkHours = Annotated[Quantity, In("h", also=("h/run", "h/person"))]
Minutes = Annotated[Quantity, In("min", also=("min/item", "min/request"))]
Rate = Annotated[Quantity, AnHour("$/h", group=PRICE, also=("$/person/h",))]
MINUTES_AN_HOUR = 60
