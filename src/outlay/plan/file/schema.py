"""What may stand in a plan file."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from outlay.model.document import read_document
from outlay.model.layers import LAYER_NAMES
from outlay.plan.layers import Layers
from outlay.plan.layers.entry import Month, Strict
from outlay.plan.layers.tokens import TokenPrices
from outlay.plan.quantities.field import ANY, In, share
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.quantities.units import ONE, UnitError, converted, parse_unit

Any_ = Annotated[Quantity, In(ANY, least=None)]
Growth = Annotated[Quantity, In("1/month", least=-1.0)]
Layer = Literal[LAYER_NAMES]  # type: ignore[valid-type]


class Assumption(Strict):
    """A named number of a plan: who says it, since when, and how it grows.

    `by_month` tells each month by itself; `steps` multiply from their month on. `measure` names what the ledger
    measures in its place. `unit` is that of a plain number, or what the result of a formula is taken as. `volume` says
    whether it grows with traffic, where that does not follow from its place.
    """

    value: Any_
    unit: str = ""
    growth: Growth | None = None
    by_month: dict[Month, Any_] = {}
    steps: dict[Month, Annotated[Quantity, In("", least=0.0)]] = {}
    source: str = ""
    dated: date | None = Field(default=None, alias="date")
    owner: str = ""
    group: str = ""
    knob: Literal["", "traffic", "latency", "context", "cache", "support"] = ""
    measure: str = ""
    volume: bool | None = None
    note: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, said: Any) -> Any:
        """A plain value is an assumption without more words."""
        if not isinstance(said, dict):
            return {"value": said}
        if "by_month" in said and "value" not in said and said["by_month"]:
            return {**said, "value": next(iter(said["by_month"].values()))}
        return said

    @model_validator(mode="after")
    def _taken_as(self) -> Self:
        """Give the value the unit that is told beside it."""
        if not self.unit:
            return self
        try:
            unit = parse_unit(self.unit)
            converted(self.value.unit, unit)
        except UnitError as error:
            raise PydanticCustomError("E-PLAN-011", f"{error}; {error.hint}") from error
        bare = self.value.unit.dimension == ONE
        return self.model_copy(update={"value": replace(self.value, unit=unit)}) if bare else self


Assumptions = dict[str, Assumption]


class Include(Strict):
    """A part of a plan in a file of its own: who answers for it, and when they agreed."""

    file: str
    owner: str
    signed: date | None = None


class Multiplier(Strict):
    """A factor on layers: residency, isolation of tenants, the markup of a managed service."""

    name: str
    factor: Annotated[Quantity, In("")]
    layers: list[Layer]
    source: str = ""


class Limits(Strict):
    """When the gate says no."""

    p80_month: Annotated[Quantity, In("$/month", also=("$",))] | None = None
    p80_total: Annotated[Quantity, In("$")] | None = None
    cost_per_success: Annotated[Quantity, In("$/success", also=("$",))] | None = None
    growth: Annotated[Quantity, In("")] | None = None
    complete: bool = True
    documented: bool = False
    signed: bool = False


class Value(Strict):
    """What a use case is worth: successes, and dollars for each.

    Three kinds: `time` saved (minutes x rate), `revenue` preserved or won, `volume` of work avoided (cost of each).
    """

    use_case: str
    kind: Literal["time", "revenue", "volume"]
    attempts: Annotated[Quantity, In("requests/month", knob="traffic", group="usage")]
    success_rate: Annotated[Quantity, share()]
    minutes: Annotated[Quantity, In("min")] | None = None
    rate: Annotated[Quantity, In("$/h")] | None = None
    each: Annotated[Quantity, In("$")] | None = None
    adoption: Annotated[Quantity, share()] | None = None


class Alternative(Strict):
    """A hosted model that self-hosting is compared with, at the same tokens for each request."""

    name: str = ""
    provider: str = ""
    model: str = ""
    tier: str = "standard"
    cached: Annotated[Quantity, share(knob="cache")] | None = None
    prices: TokenPrices | None = None
    same_model: bool = False


class Breakeven(Strict):
    """What self-hosting is compared with, and what it costs beside its GPUs.

    `serving` names an entry of inference-compute; it may be left out where there is one only. `labour` are the people
    who run it, `other` its storage, network and tooling.
    """

    serving: str = ""
    against: list[Alternative] = []
    labour: Annotated[Quantity, In("$/month", group="price", also=("$",))] | None = None
    other: Annotated[Quantity, In("$/month", group="price", also=("$",))] | None = None


class Part(Strict):
    """What an included file may hold."""

    demand: Assumptions = {}
    assumptions: Assumptions = {}
    layers: Layers = Layers()  # type: ignore[valid-type]


def told_overruns(said: Any) -> Any:
    """The overruns that a plan states; `published` stands for those that come with outlay."""
    if said != "published":
        return said
    return {layer: In("").read(row["factor"]) for layer, row in published_overruns().items()}


@cache
def published_overruns() -> Mapping[str, Mapping[str, str]]:
    """By how much published plans were exceeded: the factor and the source of each layer."""
    with as_file(files("outlay.plan").joinpath("data/overruns.yaml")) as path:
        found: Mapping[str, Mapping[str, str]] = read_document(path).content
    return found


class Plan(Part):
    """A whole plan."""

    plan: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
    start: Month
    months: Annotated[int, Field(ge=1, le=120)] = 12
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    dollar: Any_ | None = None
    prices: date | None = None
    owner: str = ""
    purpose: str = ""
    include: list[Include] = []
    multipliers: list[Multiplier] = []
    overruns: Annotated[dict[Layer, Annotated[Quantity, In("")]], BeforeValidator(told_overruns)] = {}
    readiness: dict[str, bool | Annotated[Quantity, In("")]] = {}
    correlation: dict[str, Annotated[float, Field(ge=0.0, lt=1.0)]] = {}
    scenarios: dict[Literal["best", "stress"], dict[str, Any_]] = {}
    limits: Limits = Limits()
    breakeven: Breakeven = Breakeven()
    value: list[Value] = []

    @field_validator("demand", "assumptions", check_fields=False)
    @classmethod
    def _named(cls, given: Assumptions) -> Assumptions:
        for name in given:
            if not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise PydanticCustomError("E-PLAN-017", f"{name!r} is no name; write small letters, digits and _")
        return given
