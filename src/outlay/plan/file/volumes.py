"""Which quantities of a plan are its traffic: what is multiplied when a plan is asked for ten times as much.

A volume is a number or a range under `demand`, or one that stands in a field that follows traffic. In a formula the
first name of demand carries the volume and the others say how much each brings: in `users * visits` ten times the
traffic is ten times the users. `volume: true` or `false` beside an assumption decides otherwise.
"""

from collections.abc import Iterator

from outlay.plan.file.names import Held, held
from outlay.plan.file.read import PlanFile
from outlay.plan.file.schema import Assumption
from outlay.plan.quantities.quantity import Quantity


def volumes(plan: PlanFile) -> dict[str, Quantity]:
    """The quantities that carry the traffic of a plan, by their names."""
    carried = {name for formula in _formulas(plan) for name in _carriers(formula, plan)}
    found: dict[str, Quantity] = {}
    for name, said in plan.assumptions.items():
        carries = said.volume if said.volume is not None else name in carried
        if carries and said.value.formula is None:
            found[name] = said.value
    for one in held(plan):
        if one.assumption is None and one.field and one.field.knob == "traffic" and one.quantity.formula is None:
            found[one.name] = one.quantity
    return found


def _formulas(plan: PlanFile) -> Iterator[Quantity]:
    """The formulas in fields that follow traffic."""
    for one in held(plan):
        if one.quantity.formula is not None and _follows(one):
            yield one.quantity


def _follows(one: Held) -> bool:
    """Whether a quantity follows traffic: by its field, or as an assumption under demand."""
    if isinstance(one.assumption, Assumption):
        return one.assumption.knob == "traffic"
    return bool(one.field and one.field.knob == "traffic")


def _carriers(quantity: Quantity, plan: PlanFile) -> Iterator[str]:
    """The name in a formula that carries its volume: the first of demand, else the first one."""
    assert quantity.formula is not None
    names = sorted(quantity.formula.names, key=quantity.formula.column_of)
    demanded = [name for name in names if plan.assumptions[name].knob == "traffic"] or names
    if demanded:
        first = demanded[0]
        inner = plan.assumptions[first].value
        if inner.formula is None:
            yield first
        else:
            yield from _carriers(inner, plan)
