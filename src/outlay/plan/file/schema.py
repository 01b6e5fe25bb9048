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
from outlay.plan.layers.inference_compute import Serving
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
    """A number, a range or a formula."""
    unit: str = ""
    """The unit of a plain number, or what the result of a formula is taken as."""
    growth: Growth | None = None
    """By how much it grows each month."""
    by_month: dict[Month, Any_] = {}
    """The value of each month, in place of one value."""
    steps: dict[Month, Annotated[Quantity, In("", least=0.0)]] = {}
    """Factors that hold from their month on."""
    source: str = ""
    """Who says so: a bill, a measurement, a page."""
    dated: date | None = Field(default=None, alias="date")
    """The day of the source."""
    owner: str = ""
    """Who answers for it."""
    group: str = ""
    """What its range moves together with; `usage` and `price` are known."""
    knob: Literal["", "traffic", "latency", "context", "cache", "support"] = ""
    """What of the stress it belongs to."""
    measure: str = ""
    """What the ledger measures in its place: a metric and a filter, such as `input_tokens feature:answers`."""
    volume: bool | None = None
    """Whether it grows with traffic."""
    note: str = ""
    """Anything else."""

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
    """The file, beside the plan."""
    owner: str
    """Who answers for it."""
    signed: date | None = None
    """The day on which they agreed."""


class Multiplier(Strict):
    """A factor on layers: residency, isolation of tenants, the markup of a managed service."""

    name: str
    """What it is for."""
    factor: Annotated[Quantity, In("")]
    """The factor, such as 1.05..1.1..1.2."""
    layers: list[Layer]
    """The layers that it multiplies."""
    source: str = ""
    """Who says so."""


class Limits(Strict):
    """When the gate says no."""

    p80_month: Annotated[Quantity, In("$/month", also=("$",))] | None = None
    """The most that any month may cost at P80."""
    p80_total: Annotated[Quantity, In("$")] | None = None
    """The most that all months may cost at P80."""
    cost_per_success: Annotated[Quantity, In("$/success", also=("$",))] | None = None
    """The most that a success may cost, everything counted."""
    growth: Annotated[Quantity, In("")] | None = None
    """By how much the plan may exceed the last one that was approved."""
    complete: bool = True
    """Whether every layer has to be stated."""
    documented: bool = False
    """Whether every assumption needs source, date and owner."""
    signed: bool = False
    """Whether every part has to be signed."""


class Value(Strict):
    """What a use case is worth: successes, and dollars for each.

    Three kinds: `time` saved (minutes x rate), `revenue` preserved or won, `volume` of work avoided (cost of each).
    """

    use_case: str
    """Its name."""
    kind: Literal["time", "revenue", "volume"]
    """Time saved, revenue, or volume of work avoided."""
    attempts: Annotated[Quantity, In("requests/month", knob="traffic", group="usage")]
    """How often it is tried in a month."""
    success_rate: Annotated[Quantity, share()]
    """The share that succeeds."""
    minutes: Annotated[Quantity, In("min")] | None = None
    """Minutes that a success saves, for time."""
    rate: Annotated[Quantity, In("$/h")] | None = None
    """What an hour of those people costs, for time."""
    each: Annotated[Quantity, In("$")] | None = None
    """What a success brings, for revenue and volume."""
    adoption: Annotated[Quantity, share()] | None = None
    """The share of successes that anybody uses."""


class Alternative(Strict):
    """A hosted model that self-hosting is compared with, at the same tokens for each request."""

    name: str = ""
    """A name for it."""
    provider: str = ""
    """Who sells it."""
    model: str = ""
    """The model."""
    tier: str = "standard"
    """The class of service."""
    cached: Annotated[Quantity, share(knob="cache")] | None = None
    """The share of the input that is read from a cache."""
    prices: TokenPrices | None = None
    """Prices in place of the book's."""
    same_model: bool = False
    """Whether it is the served model, hosted by somebody."""


class Breakeven(Strict):
    """What self-hosting is compared with, and what it costs beside its GPUs.

    `serving` names an entry of inference-compute; it may be left out where there is one only. A plan that serves
    nothing describes as `serve` what it would serve: that costs nothing in the plan. `labour` are the people who run
    it, `other` its storage, network and tooling.
    """

    serving: str = ""
    """The entry of inference-compute that serves."""
    serve: Serving | None = None
    """What would serve, where the plan does not: it is weighed without being paid."""
    against: list[Alternative] = []
    """What it is compared with; the hosted models of the plan if nothing is said."""
    labour: Annotated[Quantity, In("$/month", group="price", also=("$",))] | None = None
    """The people who run it, a month."""
    other: Annotated[Quantity, In("$/month", group="price", also=("$",))] | None = None
    """Its storage, network and tooling, a month."""


class Part(Strict):
    """What an included file may hold."""

    demand: Assumptions = {}
    """Assumptions that are traffic."""
    assumptions: Assumptions = {}
    """All others."""
    layers: Layers = Layers()  # type: ignore[valid-type]
    """The entries of each layer, or `zero:` with the reason."""

    @field_validator("demand", "assumptions")
    @classmethod
    def _named(cls, given: Assumptions) -> Assumptions:
        for name in given:
            if not re.fullmatch("[a-z][a-z0-9_]*", name):
                raise PydanticCustomError("E-PLAN-017", f"{name!r} is no name; write small letters, digits and _")
        return given


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
    """Its name: small letters, digits and -."""
    start: Month
    """The first month: 2027-01."""
    months: Annotated[int, Field(ge=1, le=120)] = 12
    """How many months."""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    """The currency of its amounts; `$` stands for it."""
    dollar: Any_ | None = None
    """What a dollar of the price book is worth in that currency."""
    prices: date | None = None
    """The day whose prices hold; today if nothing is said."""
    owner: str = ""
    """Who answers for it."""
    purpose: str = ""
    """What it is for."""
    include: list[Include] = []
    """Parts in files of their own."""
    multipliers: list[Multiplier] = []
    """Factors on layers."""
    overruns: Annotated[dict[Layer, Annotated[Quantity, In("")]], BeforeValidator(told_overruns)] = {}
    """By how much layers exceed their plans, or `published` for what was published of others."""
    readiness: dict[str, bool | Annotated[Quantity, In("")]] = {}
    """What production asks for: `true`, or a share of one's own for each toggle."""
    correlation: dict[str, Annotated[float, Field(ge=0.0, lt=1.0)]] = {}
    """How ranges of a group move together: usage 0.5 and price 0.3 if nothing is said."""
    scenarios: dict[Literal["best", "stress"], dict[str, Any_]] = {}
    """Other values of ranges in `best` and `stress`."""
    limits: Limits = Limits()
    """When the gate says no."""
    breakeven: Breakeven = Breakeven()
    """What self-hosting is compared with."""
    value: list[Value] = []
    """What its use cases are worth."""
