"""What is compared: the entry that serves a model, and the hosted models in its place."""

from collections.abc import Sequence

import numpy as np

from outlay.model.problem import InputError
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.file.schema import Alternative
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.offers import same_model
from outlay.plan.world import Prices


def serving_of(plan: PlanFile) -> Placed:
    """The serving entry that is compared: one of the plan, or one that is only weighed."""
    if (weighed := plan.plan.breakeven.serve) is not None:
        return Placed("inference-compute", weighed, plan.document, ("breakeven", "serve"), plan.plan.owner)
    found = [p for p in plan.entries if isinstance(p.entry, Serving)]
    named = [p for p in found if plan.plan.breakeven.serving in ("", p.entry.name)]
    if len(named) != 1:
        names = ", ".join(p.entry.name for p in found)
        hint = (
            f"say breakeven: {{serving: ...}}; there are {names}" if found else "describe it as breakeven: {serve: ...}"
        )
        raise InputError("E-PLAN-080", "which model is served is not told", hint, plan.document.place(("breakeven",)))
    return named[0]


def alternatives_of(plan: PlanFile, prices: Prices, entry: Serving) -> list[tuple[str, ModelApi]]:
    """What it is compared with: as the plan says, else its hosted models; and always the same model, hosted."""
    said = list(plan.plan.breakeven.against)
    if not said:
        hosted = [p.entry for p in plan.entries if isinstance(p.entry, ModelApi) and p.entry.model]
        said = [
            Alternative(provider=e.provider, model=e.model, tier=e.tier, prices=e.prices).model_copy(
                update={"cached": e.cached}
            )
            for e in hosted
        ]
    if not any(one.same_model for one in said) and (offer := same_model(prices, entry.model, _mix(entry))):
        said.append(Alternative(provider=offer.provider, model=offer.model, same_model=True))
    if not said:
        hint = "say breakeven: {against: [{provider: ..., model: ...}]}"
        place = plan.document.place(("breakeven",))
        raise InputError("E-PLAN-081", "what self-hosting is compared with is not told", hint, place)
    return [(_name(one), _hosted(one, entry)) for one in said]


def _mix(entry: Serving) -> float:
    """The share of the input in all tokens, by the middles."""
    sizes = [float(np.median(q.range.ends[1] if q.range else q.number or 1.0)) for q in (entry.input, entry.output)]
    return sizes[0] / sum(sizes)


def _name(one: Alternative) -> str:
    name = one.name or f"{one.model} ({one.provider})"
    return f"{name}, the same model" if one.same_model else name


def _hosted(one: Alternative, entry: Serving) -> ModelApi:
    """The calls of the alternative, of the same tokens as those of the serving entry."""
    made = ModelApi(
        name=_name(one), provider=one.provider, model=one.model or "stated", tier=one.tier, prices=one.prices,
        requests=entry.requests, input=entry.input, output=entry.output,
    )  # fmt: skip
    # Quantities are known by their identity: those of the copies have to be those of the plan.
    told = {"input": entry.input, "output": entry.output, "prices": one.prices}
    return made.model_copy(update={**told, **({"cached": one.cached} if one.cached is not None else {})})


def assumed(alternatives: Sequence[tuple[str, ModelApi]]) -> str:
    """Whoever compares models of different names says that they do the same work."""
    names = ", ".join(name for name, _ in alternatives if not name.endswith("the same model"))
    return f"assumes that the served model does the work of {names} as well" if names else ""
