"""Work of people in a plan: hours, and what an hour of them costs."""

from typing import Annotated

from outlay.plan.quantities.field import PRICE, In
from outlay.plan.quantities.quantity import Quantity

MonthlyHours = Annotated[Quantity, In("h/month", also=("h",))]
WorkHours = Annotated[Quantity, In("h", also=("h/run", "h/person"))]
Minutes = Annotated[Quantity, In("min", also=("min/item", "min/request"))]
Rate = Annotated[Quantity, In("$/h", group=PRICE, also=("$/person/h",))]
MINUTES_AN_HOUR = 60
