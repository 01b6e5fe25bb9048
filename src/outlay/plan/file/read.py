"""Read a plan: the file and those that it includes, with the place of every value."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from outlay.model.document import Document, Telling, Where, read_document, validate
from outlay.model.layers import LAYER_NAMES
from outlay.model.problem import InputError
from outlay.plan.file.schema import Assumption, Include, Part, Plan
from outlay.plan.layers import Zero, entries_of, kind_said
from outlay.plan.layers.entry import Entry

MOST_ENTRIES = 5_000
CODES = {"extra_forbidden": "E-PLAN-014", "missing": "E-PLAN-015"}


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry of a layer, and where it stands."""

    layer: str
    entry: Entry
    document: Document
    where: Where
    owner: str = ""

    @property
    def name(self) -> str:
        """A name for it in the whole plan."""
        return f"{self.layer}/{self.entry.name}"

    def place(self, where: Where = ()) -> str:
        """`file:line:column` of a value of it."""
        return self.document.place((*self.where, *where))


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A plan as it was read: its entries and assumptions, those of included files too.

    `zeros` are the layers that cost nothing, with their reasons; `missing` those that nobody mentions.
    """

    plan: Plan
    document: Document
    entries: tuple[Placed, ...]
    assumptions: Mapping[str, Assumption]
    places: Mapping[str, tuple[Document, Where]]
    zeros: Mapping[str, str]
    parts: tuple[Include, ...] = ()

    @property
    def name(self) -> str:
        """The name of the plan."""
        return self.plan.plan

    @property
    def start(self) -> date:
        """The first day of its first month."""
        year, month = map(int, self.plan.start.split("-"))
        return date(year, month, 1)

    @property
    def missing(self) -> tuple[str, ...]:
        """The layers that are not stated: neither costs nor a reason for having none."""
        stated = {placed.layer for placed in self.entries} | set(self.zeros)
        return tuple(layer for layer in LAYER_NAMES if layer not in stated)

    def parts_with_quantities(self) -> Iterator[tuple[str, BaseModel, Document, Where]]:
        """Every part of the plan that holds quantities: its name, itself, and where it stands."""
        for name, assumption in self.assumptions.items():
            yield name, assumption, *self.places[name]
        for placed in self.entries:
            yield placed.name, placed.entry, placed.document, placed.where
        yield "breakeven", self.plan.breakeven, self.document, ("breakeven",)
        for key in ("multipliers", "value"):
            for index, part in enumerate(getattr(self.plan, key)):
                yield f"{key}/{index}", part, self.document, (key, index)

    def place(self, name: str) -> str:
        """`file:line:column` of an assumption."""
        document, where = self.places[name]
        return document.place(where)


def read_plan(path: Path) -> PlanFile:
    """The plan at `path`. Raises `InputError` with the place of what is wrong."""
    document = read_document(path)
    plan = _checked(document, Plan)
    documents: list[tuple[Document, Part, str]] = [(document, plan, plan.owner)]
    for index, include in enumerate(plan.include):
        documents.append(_included(document, index, include))
    zeros: dict[str, str] = {}
    entries: list[Placed] = []
    for one, part, owner in documents:
        _layers(one, part, owner, entries, zeros)
    assumptions, places = _assumptions(documents)
    found = PlanFile(plan, document, tuple(entries), assumptions, places, zeros, tuple(plan.include))
    if len(entries) > MOST_ENTRIES:
        place = entries[MOST_ENTRIES].place()
        raise InputError("E-PLAN-018", f"{len(entries):,} entries", f"a plan has at most {MOST_ENTRIES:,}", place)
    return found


def _checked(document: Document, model: type[Any]) -> Any:
    if not isinstance(document.content, dict):
        raise InputError(
            "E-PLAN-015", "no plan", "outlay plan new --like rag-assistant FILE writes one", str(document.path)
        )
    telling = Telling("E-PLAN-010", CODES, "see the reference of plans", lambda where: _legal(document.content, where))
    return validate(document, model, telling)


def _legal(content: Any, where: Where) -> list[str] | None:
    """The legal keys of an entry, which depend on its kind."""
    if len(where) != 3 or where[0] != "layers" or not isinstance(where[2], int):
        return None
    said = content["layers"][where[1]][where[2]]
    entry = entries_of(str(where[1])).get(kind_said(str(where[1]), said))
    return [f.alias or name for name, f in entry.model_fields.items()] if entry else None


def _included(document: Document, index: int, include: Include) -> tuple[Document, Part, str]:
    path = document.path.parent / include.file
    if not path.exists():
        place = document.place(("include", index, "file"))
        raise InputError("E-PLAN-019", f"no such file: {include.file}", "paths begin at the plan's folder", place)
    part = read_document(path)
    return part, _checked(part, Part), include.owner


def _layers(document: Document, part: Part, owner: str, entries: list[Placed], zeros: dict[str, str]) -> None:
    """Add the entries and the reasons of one file."""
    for layer in LAYER_NAMES:
        said = getattr(part.layers, layer.replace("-", "_"))
        where = ("layers", layer)
        stated = {placed.layer for placed in entries}
        if isinstance(said, Zero):
            if layer in stated:
                raise InputError(
                    "E-PLAN-020", f"{layer} is zero here and costs elsewhere", "keep one", document.place(where)
                )
            zeros[layer] = said.zero
        elif said is not None:
            if layer in zeros or not said:
                message = f"{layer} is zero elsewhere and costs here" if layer in zeros else f"{layer} holds nothing"
                raise InputError("E-PLAN-020", message, "write entries, or zero: with a reason", document.place(where))
            _entries(document, layer, said, owner, entries)


def _entries(document: Document, layer: str, said: Sequence[Entry], owner: str, entries: list[Placed]) -> None:
    known = {placed.name for placed in entries}
    for index, entry in enumerate(said):
        placed = Placed(layer, entry, document, ("layers", layer, index), entry.owner or owner)
        if placed.name in known:
            hint = "names are told apart in reports and in the ledger"
            raise InputError("E-PLAN-024", f"{entry.name!r} stands twice in {layer}", hint, placed.place(("name",)))
        known.add(placed.name)
        entries.append(placed)


def _assumptions(
    documents: Sequence[tuple[Document, Part, str]],
) -> tuple[dict[str, Assumption], dict[str, tuple[Document, Where]]]:
    """The assumptions of all files, and their places; what stands under `demand` is traffic."""
    found: dict[str, Assumption] = {}
    places: dict[str, tuple[Document, Where]] = {}
    for document, part, owner in documents:
        for key, said in (("demand", part.demand), ("assumptions", part.assumptions)):
            for name, one in said.items():
                place = document.place((key, name))
                if name in found:
                    raise InputError(
                        "E-PLAN-024", f"{name} is assumed twice", f"it stands at {places[name]} too", place
                    )
                demand = {"knob": one.knob or "traffic", "group": one.group or "usage"} if key == "demand" else {}
                found[name] = one.model_copy(update={**demand, "owner": one.owner or owner})
                places[name] = (document, (key, name))
    return found, places
