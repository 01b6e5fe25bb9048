"""What a plan is uncertain about: a name for every range in it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from outlay.plan.file.read import PlanFile
from outlay.plan.file.readiness import toggles
from outlay.plan.file.schema import Assumption
from outlay.plan.quantities.distribution import Distribution
from outlay.plan.quantities.field import In
from outlay.plan.quantities.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Variable:
    """A range of a plan: what it may be, what it moves together with, and what of the stress it belongs to."""

    name: str
    quantity: Quantity
    group: str = ""
    knob: str = ""
    owner: str = ""

    @property
    def distribution(self) -> Distribution:
        """The range."""
        assert self.quantity.range is not None
        return self.quantity.range


@dataclass(frozen=True, slots=True)
class Held:
    """A quantity in its place."""

    name: str
    quantity: Quantity
    field: In | None
    place: str
    assumption: Assumption | None = None


def held(plan: PlanFile) -> Iterator[Held]:
    """Every quantity of a plan."""
    for name, part, document, where in plan.parts_with_quantities():
        told = part if isinstance(part, Assumption) else None
        for path, quantity, field in _within(part):
            own = name if told and path == "value" else f"{name}.{path}"
            place = document.place((*where, *(int(p) if p.isdigit() else p for p in path.split("."))))
            yield Held(own, quantity, field, place, told)
    for toggle in toggles(plan):
        place = plan.document.place(("readiness", toggle.name))
        yield Held(f"readiness.{toggle.name}.{toggle.layer}", toggle.factor, None, place)
    for layer, quantity in plan.plan.overruns.items():
        yield Held(f"overruns.{layer}", quantity, None, plan.document.place(("overruns", layer)))
    if plan.plan.dollar is not None:
        yield Held("dollar", plan.plan.dollar, None, plan.document.place(("dollar",)))


def _within(part: BaseModel) -> Iterator[tuple[str, Quantity, In | None]]:
    """The quantities of a part, with their paths and their fields."""
    for name, info in type(part).model_fields.items():
        yield from _found(name, getattr(part, name), field_of(info))


def field_of(info: FieldInfo) -> In | None:
    """The unit of a field that holds quantities, alone or in a list or a mapping."""
    return next((m for m in info.metadata if isinstance(m, In)), None) or _inner(info.annotation)


def _inner(annotation: Any) -> In | None:
    """The field inside an optional annotation or that of the values of a mapping."""
    for arg in (*getattr(annotation, "__args__", ()), *getattr(annotation, "__metadata__", ())):
        if isinstance(arg, In):
            return arg
        if (found := _inner(arg)) is not None:
            return found
    return None


def _found(name: str, value: Any, field: In | None) -> Iterator[tuple[str, Quantity, In | None]]:
    if isinstance(value, Quantity):
        yield name, value, field
    elif isinstance(value, BaseModel):
        for path, quantity, inner in _within(value):
            yield f"{name}.{path}", quantity, inner
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _found(f"{name}.{key}", one, field)
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            yield from _found(f"{name}.{index}", one, field)


def needed(said: Assumption) -> set[str]:
    """The names that an assumption depends on."""
    quantities = (said.value, said.growth, *said.by_month.values(), *said.steps.values())
    return {name for q in quantities if q is not None and q.formula for name in q.formula.names}


def variables(plan: PlanFile) -> tuple[Variable, ...]:
    """Every range of a plan. One that a field of the stress needs, by whatever formulas, is moved by that knob."""
    quantities = list(held(plan))
    knobs, groups = _marks(quantities, plan.assumptions)
    found: list[Variable] = []
    seen: set[int] = set()
    for one in quantities:
        if one.quantity.range is None or id(one.quantity) in seen:
            continue
        seen.add(id(one.quantity))
        said, field = one.assumption, one.field
        own = said is not None and one.name in plan.assumptions
        knob = (said.knob if said and own else "") or knobs.get(one.name, "") or (field.knob if field else "")
        group = (said.group if said and own else "") or groups.get(one.name, "") or (field.group if field else "")
        found.append(Variable(one.name, one.quantity, group, knob, said.owner if said else ""))
    return tuple(found)


def _marks(quantities: list[Held], assumptions: Mapping[str, Assumption]) -> tuple[dict[str, str], dict[str, str]]:
    """Knobs and groups of assumptions, from the fields that need them; the first field decides."""
    knobs: dict[str, str] = {}
    groups: dict[str, str] = {}
    for one in quantities:
        if one.field is None or one.quantity.formula is None:
            continue
        for name in _all_needed(one.quantity.formula.names, assumptions):
            if one.field.knob:
                knobs.setdefault(name, one.field.knob)
            if one.field.group:
                groups.setdefault(name, one.field.group)
    return knobs, groups


def _all_needed(names: frozenset[str], assumptions: Mapping[str, Assumption]) -> set[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needed(assumptions[name])
    return found
