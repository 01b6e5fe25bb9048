"""What production asks for beside a pilot: toggles that add a share of other layers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from outlay.model.document import read_document
from outlay.model.problem import InputError
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.layers.entry import Entry
from outlay.plan.quantities.field import In
from outlay.plan.quantities.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Toggle:
    """A share of the costs of some layers that is paid in another one."""

    name: str
    layer: str
    of: tuple[str, ...]
    factor: Quantity
    why: str
    known: dict[str, Placed] = field(default_factory=dict, compare=False)

    def placed(self, plan: PlanFile) -> Placed:
        """The toggle as an entry of its layer."""
        return Placed(self.layer, Entry(name=f"readiness: {self.name}"), plan.document, ("readiness", self.name))


@cache
def defaults() -> Mapping[str, tuple[Toggle, ...]]:
    """The toggles that come with outlay, each with the layers that it adds to."""
    with as_file(files("outlay.plan").joinpath("data/readiness.yaml")) as path:
        said = read_document(path).content
    return {name: tuple(_toggle(name, row) for row in rows) for name, rows in said.items()}


def _toggle(name: str, row: Mapping[str, Any]) -> Toggle:
    return Toggle(name, row["layer"], tuple(row["of"]), In("").read(row["factor"]), row["why"])


def toggles(plan: PlanFile) -> tuple[Toggle, ...]:
    """The toggles that a plan turns on, with its own factors where it states them."""
    return tuple(toggle for name, said in plan.plan.readiness.items() for toggle in _turned(plan, name, said))


def _turned(plan: PlanFile, name: str, said: bool | Quantity) -> tuple[Toggle, ...]:
    known = defaults()
    if name not in known:
        place = plan.document.place(("readiness", name))
        raise InputError("E-PLAN-029", f"unknown toggle {name!r}", f"known: {', '.join(known)}", place)
    if isinstance(said, bool):
        return known[name] if said else ()
    return tuple(Toggle(t.name, t.layer, t.of, said, "as the plan states") for t in known[name])
