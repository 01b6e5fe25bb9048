"""The checks of formulas in a plan: names that nobody assumes, circles, wrong units, months without a value."""

from collections.abc import Mapping
from difflib import get_close_matches

from outlay.model.problem import InputError
from outlay.plan.file.names import Held, held, needed
from outlay.plan.file.read import PlanFile
from outlay.plan.file.schema import Assumption
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import Dimension, UnitError
from outlay.plan.world import month_label


def check_formulas(plan: PlanFile) -> None:
    """Refuse names that nobody assumes, circles of assumptions, units that do not fit, and months without a value."""
    quantities = list(held(plan))
    for one in quantities:
        _check_names(one, plan.assumptions)
    dimensions: dict[str, Dimension] = {}
    for name in plan.assumptions:
        _dimension(name, plan, dimensions, ())
    for one in quantities:
        _check_units(one, dimensions)
    for name, said in plan.assumptions.items():
        _check_months(name, said, plan)


def _check_names(one: Held, assumptions: Mapping[str, Assumption]) -> None:
    formula = one.quantity.formula
    for name in sorted(formula.names if formula else ()):
        if name not in assumptions:
            near = get_close_matches(name, assumptions, n=1)
            hint = f"did you mean {near[0]}?" if near else f"assumed: {', '.join(assumptions) or 'nothing yet'}"
            raise InputError("E-PLAN-025", f"{one.name}: nobody assumes {name!r} in {formula.text!r}", hint, one.place)  # type: ignore[union-attr]


def _dimension(name: str, plan: PlanFile, known: dict[str, Dimension], seen: tuple[str, ...]) -> Dimension:
    """The dimension of an assumption, after those that it needs."""
    if name in seen:
        circle = " -> ".join((*seen[seen.index(name) :], name))
        raise InputError(
            "E-PLAN-027", f"assumptions go in a circle: {circle}", "take one of them out", plan.place(name)
        )
    if name in known:
        return known[name]
    said = plan.assumptions[name]
    for other in sorted(needed(said)):
        _dimension(other, plan, known, (*seen, name))
    quantity = said.value
    known[name] = quantity.unit.dimension
    if quantity.formula and not quantity.unit.dimension:
        known[name] = _measured(quantity, known, f"{name}: ", plan.place(name))
    return known[name]


def _measured(quantity: Quantity, known: Mapping[str, Dimension], what: str, place: str) -> Dimension:
    assert quantity.formula is not None
    try:
        return quantity.formula.dimension({name: known[name] for name in quantity.formula.names})
    except UnitError as error:
        raise InputError("E-PLAN-011", f"{what}{error} in {quantity.text!r}", error.hint, place) from error


def _check_units(one: Held, known: Mapping[str, Dimension]) -> None:
    """Refuse a formula whose unit is not that of its field."""
    if one.quantity.formula is None or one.quantity.wanted is None:
        return
    found = _measured(one.quantity, known, f"{one.name}: ", one.place)
    try:
        one.quantity.measured(found)
    except UnitError as error:
        message = f"{one.name}: {one.quantity.text!r} is {error}"
        hint = f"{error.hint}; units of numbers stand in quotes: tenants * '50 GB / tenant'"
        raise InputError("E-PLAN-011", message, hint, one.place) from error


def _check_months(name: str, said: Assumption, plan: PlanFile) -> None:
    """Refuse an assumption that is told by month and leaves out a month of the plan."""
    labels = [month_label(plan.start, index) for index in range(plan.plan.months)]
    missing = [label for label in labels if label not in said.by_month] if said.by_month else []
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        hint = f"tell every month from {labels[0]} to {labels[-1]}"
        raise InputError("E-PLAN-028", f"{name} has no value for {missing[0]}{more}", hint, plan.place(name))
