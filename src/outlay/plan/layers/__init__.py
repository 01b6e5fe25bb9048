"""The cost layers of a plan: one file each, with the entries that it may hold."""

from typing import Annotated, Any, Union

from pydantic import Discriminator, Field, Tag, create_model

from outlay.model.layers import LAYER_NAMES
from outlay.plan.layers import inference_compute, model_api
from outlay.plan.layers.entry import Cost, Entry, Strict

# A layer without a module of its own holds plain costs.
MODULES: dict[str, Any] = {"model-api": model_api, "inference-compute": inference_compute}
COMMON: tuple[type[Entry], ...] = (Cost,)


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


def _layer_type(layer: str) -> Any:
    kinds = entries_of(layer)
    first = next(iter(kinds))

    def kind(said: Any) -> str:
        found = said.get("kind", first) if isinstance(said, dict) else getattr(said, "kind", first)
        return str(found)

    tagged = tuple(Annotated[entry, Tag(name)] for name, entry in kinds.items())
    several: Any = Union[tagged]  # noqa: UP007 - built from a tuple
    return list[Annotated[several, Discriminator(kind)]]


def _field(layer: str) -> Any:
    return (_layer_type(layer) | Zero | None, Field(default=None, alias=layer))


Layers = create_model("Layers", __base__=Strict, **{layer.replace("-", "_"): _field(layer) for layer in LAYER_NAMES})
