"""The register of what a plan assumes: each name with its source, its date and its owner, and what nobody said."""

from collections.abc import Iterator

from outlay.plan.file.names import Held, held
from outlay.plan.file.schema import Assumption
from outlay.plan.report.table import Table
from outlay.plan.report.words import as_written
from outlay.plan.stack import Stack

MISSING = "not stated"


def assumptions_table(stack: Stack) -> Table:
    """Every named assumption with where it comes from; what nobody said is marked."""
    rows = [
        [name, *_stated(said), _near(stack, stack.plan.place(name))] for name, said in stack.plan.assumptions.items()
    ]
    columns = ("name", "value as written", "source", "date", "owner", "note", "stands at")
    lacking = sum(MISSING in row for row in rows)
    note = f"{lacking} of {len(rows)} lack a source, a date or an owner." if lacking else ""
    return Table("assumptions", "Assumptions", columns, rows, note=note)


def _near(stack: Stack, place: str) -> str:
    """A place as seen from the folder of the plan, so that a page does not tell whose machine made it."""
    return place.removeprefix(f"{stack.plan.document.path.parent}/")


def _stated(said: Assumption) -> list[str]:
    """What an assumption says of itself. A formula comes from the assumptions that it names."""
    needed = said.value.formula.names if said.value.formula is not None else frozenset()
    source = said.source or (f"follows from {', '.join(sorted(needed))}" if needed else MISSING)
    dated = str(said.dated) if said.dated else ("" if needed else MISSING)
    return [as_written(said), source, dated, said.owner or MISSING, said.note]


def ranges_table(stack: Stack) -> Table:
    """The ranges that stand in entries, without a name of their own."""
    rows = [[one.name, one.quantity.text, _near(stack, one.place)] for one in _unnamed(stack)]
    columns = ("where", "range as written", "stands at")
    return Table("ranges", "Ranges that are no assumptions", columns, rows)


def _unnamed(stack: Stack) -> Iterator[Held]:
    for one in held(stack.plan):
        if one.quantity.range is not None and one.assumption is None:
            yield one
