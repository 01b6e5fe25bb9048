"""Whether a plan is whole: every layer stated, every assumption with a source, every part signed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from outlay.model.layers import LAYERS
from outlay.plan.file.read import PlanFile
from outlay.plan.file.readiness import toggles

State = Literal["costs", "zero", "missing"]
# Prices are said to fall 50 to 200 times a year: an assumption is looked at again after half a year.
STALE_DAYS = 183


@dataclass(frozen=True, slots=True)
class LayerState:
    """A layer: whether it costs, is zero for a reason, or is missing; how many entries, whose."""

    layer: str
    meaning: str
    state: State
    entries: int
    told: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a plan leaves open beside its layers: `what` it is, `place` where it stands."""

    kind: Literal["undocumented", "stale", "unsigned"]
    what: str
    place: str


@dataclass(frozen=True, slots=True)
class Completeness:
    """Every layer, and what is open."""

    layers: tuple[LayerState, ...]
    doubts: tuple[Doubt, ...]

    @property
    def missing(self) -> tuple[LayerState, ...]:
        """The layers that nobody states."""
        return tuple(one for one in self.layers if one.state == "missing")


def examine(plan: PlanFile, today: date) -> Completeness:
    """What a plan states and what it leaves open."""
    doubts = (*_undocumented(plan), *_stale(plan, today), *_unsigned(plan))
    return Completeness(tuple(_states(plan)), tuple(doubts))


def _states(plan: PlanFile) -> Sequence[LayerState]:
    found = []
    filled = {toggle.layer: toggle.name for toggle in toggles(plan)}
    for layer in LAYERS:
        own = [p for p in plan.entries if p.layer == layer.name]
        reason = plan.zeros.get(layer.name, "")
        state: State = "costs" if own or layer.name in filled else "zero" if reason else "missing"
        owners = ", ".join(dict.fromkeys(p.owner for p in own if p.owner))
        ready = f"readiness: {filled[layer.name]}" if layer.name in filled else ""
        told = reason or owners or ready or (layer.meaning if state == "missing" else "")
        found.append(LayerState(layer.name, layer.meaning, state, len(own), told))
    return found


def _undocumented(plan: PlanFile) -> list[Doubt]:
    """Assumptions of their own, no formulas, that lack a source, a date or an owner."""
    found = []
    for name, said in plan.assumptions.items():
        words = (("source", said.source), ("date", said.dated), ("owner", said.owner))
        lacking = [word for word, told in words if not told]
        if lacking and said.value.formula is None:
            found.append(Doubt("undocumented", f"{name} has no {', '.join(lacking)}", plan.place(name)))
    return found


def _stale(plan: PlanFile, today: date) -> list[Doubt]:
    found = []
    for name, said in plan.assumptions.items():
        if said.dated and (today - said.dated).days > STALE_DAYS:
            found.append(Doubt("stale", f"{name} is of {said.dated}", plan.place(name)))
    return found


def _unsigned(plan: PlanFile) -> list[Doubt]:
    return [
        Doubt("unsigned", f"{part.file} of {part.owner} is not signed", plan.document.place(("include", index)))
        for index, part in enumerate(plan.parts)
        if part.signed is None
    ]
