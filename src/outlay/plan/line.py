"""A line of a plan: what one part of an entry costs in each month, and why."""

from dataclasses import dataclass
from typing import Literal

from outlay.plan.quantities.path import Path

Stage = Literal["initial", "production"]


@dataclass(frozen=True, slots=True)
class Line:
    """The cost of a part, in the currency of the plan per month.

    `stage` tells what a first estimate holds from what production asks for beside it: retries, spares, copies, refresh.
    `fixed` costs do not follow the load. `quantity` of `unit` and `why` are the evidence. It costs in the months from
    `first` to before `until`.
    """

    part: str
    cost: Path
    why: str = ""
    quantity: Path | None = None
    unit: str = ""
    stage: Stage = "initial"
    fixed: bool = False
    first: int = 0
    until: int | None = None
    model: str = ""
