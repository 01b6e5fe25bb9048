"""How the faces of a plan write money, shares, changes and assumptions."""

from decimal import Decimal

from outlay.plan.file.schema import Assumption
from outlay.plan.stack import Stack

# Smaller plans are told to the cent.
WHOLE = 1000


def digits_of(stack: Stack) -> int:
    """How many digits behind the point the amounts of a plan have for people."""
    return 0 if stack.total.expected >= WHOLE or not stack.total.expected else 2


def money(value: Decimal, digits: int = 0) -> str:
    """Money for people: rounded half-even, with separators and no `-0`."""
    return f"{value:z,.{digits}f}"


def share(part: Decimal, whole: Decimal) -> str:
    """A share for people."""
    return f"{100 * part / whole:z.1f}%" if whole else "-"


def change(before: Decimal, after: Decimal, digits: int = 0) -> str:
    """A change with its sign; `0` where people see none."""
    told = f"{after - before:+z,.{digits}f}"
    return "0" if not told.strip("+0.") else told


def change_share(before: Decimal, after: Decimal) -> str:
    """A change as a share of what was before."""
    if not before:
        return "new" if after else "-"
    told = f"{100 * (after - before) / before:+z.1f}%"
    return "0.0%" if told == "+0.0%" else told


def as_written(said: Assumption) -> str:
    """The value of an assumption as its plan writes it, with its growth, its months and its steps."""
    months = ", ".join(f"{month} {value}" for month, value in said.by_month.items())
    told = months or str(said.value)
    if said.unit and not told.endswith(said.unit):
        told += f", in {said.unit}"
    if said.growth is not None:
        told += f", growing {said.growth}"
    return told + "".join(f", x {factor} from {month}" for month, factor in said.steps.items())
