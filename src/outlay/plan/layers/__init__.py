"""The cost layers of a plan: one file each, with the entries that it may hold."""

from typing import Annotated, Any, Union

from pydantic import Discriminator, Field, Tag, create_model

from outlay.model.layers import LAYER_NAMES
from outlay.plan.layers import (
    data_preparation,
    enablement,
    evaluation,
    governance,
    mlops_platform,
    model_api,
    network,
    observability,
    orchestration,
    people,
    resilience,
    storage,
)
from outlay.plan.layers.contracts import CONTRACTS
from outlay.plan.layers.entry import Cost, Entry, Strict

# A layer without a module of its own holds plain costs.
MODULES: dict[str, Any] = {
    "model-api": model_api,
    "data-preparation": data_preparation,
    "storage": storage,
    "network": network,
    "observability": observability,
    "evaluation": evaluation,
    "orchestration": orchestration,
    "mlops-platform": mlops_platform,
    "people": people,
    "governance": governance,
    "resilience": resilience,
    "enablement": enablement,
}
# Keys that tell a plain cost from other entries.
PLAIN = {"amount", "once", "driver", "unit_cost"}
COMMON: tuple[type[Entry], ...] = (Cost, *CONTRACTS)


class Zero(Strict):
    """A layer that costs nothing, and why."""

    zero: Annotated[str, Field(min_length=3)]


def entries_of(layer: str) -> dict[str, type[Entry]]:
    """The kinds of entries that a layer may hold, the one that is meant without a word first."""
    own = MODULES[layer].ENTRIES if layer in MODULES else ()
    return {kind_of(entry): entry for entry in (*own, *COMMON)}


def kind_of(entry: type[Entry]) -> str:
    """The word for an entry in a plan."""
    return str(entry.model_fields["kind"].default)


def kind_said(layer: str, said: dict[str, Any]) -> str:
    """The kind of an entry as it is written: the first of its layer, or a plain cost, where it says none."""
    kinds = entries_of(layer)
    first = next(iter(kinds))
    plain = PLAIN & set(said) - set(kinds[first].model_fields)
    return str(said.get("kind", kind_of(Cost) if plain else first))


def _layer_type(layer: str) -> Any:
    kinds = entries_of(layer)

    def kind(said: Any) -> str:
        return _tag(kind_said(layer, said) if isinstance(said, dict) else str(getattr(said, "kind", "")))

    tagged = tuple(Annotated[entry, Tag(_tag(name))] for name, entry in kinds.items())
    several: Any = Union[tagged]  # noqa: UP007 - built from a tuple
    unknown = f"unknown kind of {layer}; known: {', '.join(kinds)}"
    which = Discriminator(kind, custom_error_type="E-PLAN-055", custom_error_message=unknown)
    return list[Annotated[several, which]]


def _tag(kind: str) -> str:
    """The tag of a kind: no word that a key of an entry may be, since places of mistakes hold tags and keys."""
    return f"kind {kind}"


def _field(layer: str) -> Any:
    return (_layer_type(layer) | Zero | None, Field(default=None, alias=layer))


Layers = create_model("Layers", __base__=Strict, **{layer.replace("-", "_"): _field(layer) for layer in LAYER_NAMES})
