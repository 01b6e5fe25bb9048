"""The cost layers of a plan: one file each, with the entries that it may hold."""

from typing import Annotated, Any, Union

from pydantic import Discriminator, Field, Tag, create_model

from outlay.model.layers import LAYER_NAMES
from outlay.plan.layers import (
    data_preparation,
    enablement,
    evaluation,
    governance,
    inference_compute,
    mlops_platform,
    model_api,
    network,
    observability,
    orchestration,
    people,
    resilience,
    retrieval,
    storage,
    training_compute,
)
from outlay.plan.layers.contracts import CONTRACTS
from outlay.plan.layers.entry import Cost, Entry, Strict

MODULES: dict[str, Any] = {
    "model-api": model_api,
    "inference-compute": inference_compute,
    "training-compute": training_compute,
    "data-preparation": data_preparation,
    "storage": storage,
    "retrieval": retrieval,
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


def kind_said(layer: str, said: Any) -> str:
    """The kind of an entry as it is written: the one that it names, else the first that its keys make whole."""
    kinds = entries_of(layer)
    if not isinstance(said, dict):
        return str(getattr(said, "kind", next(iter(kinds))))
    if "kind" in said:
        return str(said["kind"])
    return next((name for name, entry in kinds.items() if _whole(entry, set(said))), next(iter(kinds)))


def _whole(entry: type[Entry], keys: set[str]) -> bool:
    """Whether an entry knows all keys and needs no other."""
    fields = {info.alias or name: info for name, info in entry.model_fields.items()}
    return keys <= fields.keys() and all(name in keys for name, info in fields.items() if info.is_required())


def _layer_type(layer: str) -> Any:
    tagged = tuple(Annotated[entry, Tag(name)] for name, entry in entries_of(layer).items())
    several: Any = Union[tagged]  # noqa: UP007 - built from a tuple
    unknown = f"unknown kind of {layer}; known: {', '.join(entries_of(layer))}"
    told = {"custom_error_type": "E-PLAN-010", "custom_error_message": unknown}
    return list[Annotated[several, Discriminator(lambda said: kind_said(layer, said), **told)]]


def _field(layer: str) -> Any:
    return (_layer_type(layer) | Zero | None, Field(default=None, alias=layer))


Layers = create_model("Layers", __base__=Strict, **{layer.replace("-", "_"): _field(layer) for layer in LAYER_NAMES})
