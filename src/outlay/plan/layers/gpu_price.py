"""What an hour of a GPU costs in a plan: stated, from the book, or of a machine that is bought."""

from typing import Annotated, Any

from pydantic import Field

from outlay.plan.capacity import Purchase, Site, owned_price
from outlay.plan.capacity import gpu as gpu_named
from outlay.plan.layers.entry import Decline, Entry, Strict
from outlay.plan.quantities.field import PRICE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.tariff import gpu as gpu_hour
from outlay.plan.tariff import resource, stepped
from outlay.plan.world import PlanError, World

GpuHour = Annotated[Quantity, In("$/GPU/h", group=PRICE, also=("$/h",))]
HOURS = 730.0
ONE, NONE = parse_quantity(1), parse_quantity(0)


class Owned(Strict):
    """A machine that is bought: capital over its years, its place, its power."""

    machine: Annotated[Quantity, In("$", group=PRICE)]
    """What a machine costs."""
    gpus: Annotated[int, Field(ge=1)] = 8
    """GPUs in it."""
    network: Annotated[Quantity, In("")] = parse_quantity(1.12)
    """Factor on its price for switches and cables."""
    years: Annotated[Quantity, In("")] = parse_quantity(4)
    """Over how many years it is paid."""
    wacc: Annotated[Quantity, share()] = NONE
    """Cost of capital a year."""
    residual: Annotated[Quantity, share()] = NONE
    """Share of its price that it is worth afterwards."""
    kw_month: Annotated[Quantity, In("$/kW/month", also=("$/kW",))] = parse_quantity(184)
    """What a booked kW costs a month where it stands."""
    load: Annotated[Quantity, share()] = parse_quantity("80%")
    """Share of the booked power that it draws."""
    pue: Annotated[Quantity, In("", least=1)] = parse_quantity(1.3)
    """Power of the site over that of the machines."""
    kwh: Annotated[Quantity, In("$/kWh")] = parse_quantity(0.08)
    """What a kWh costs."""
    kw: Annotated[Quantity, In("kW")] | None = None
    """Power that each GPU books; that of the catalogue if nothing is said."""


class GpuEntry(Entry):
    """What entries that pay for GPU hours have.

    The price is `price`, or that of the provider in the book, or that of a machine that is `owned`. With
    `availability` below 100% the rest of the hours is bought at `substitute`. `interconnect` multiplies hours: 1.2
    where a slower network makes jobs take a fifth longer. `markup` is what a managed service asks on top, `overhead`
    what machines cost beside their GPUs.
    """

    gpu: str
    """The GPU, such as h100-80gb."""
    price: GpuHour | None = None
    """What a GPU hour costs, in place of the book."""
    term: str = "on-demand"
    """The term in the book: on-demand, spot or reserved."""
    offer: str = ""
    """Which offer of the provider, where there are several."""
    owned: Owned | None = None
    """A machine that is bought, in place of a price."""
    availability: Annotated[Quantity, share()] = ONE
    """Share of the hours in which such GPUs are to be had."""
    substitute: GpuHour | None = None
    """What a GPU hour costs that is bought otherwise."""
    interconnect: Annotated[Quantity, In("")] = ONE
    """Factor on the hours: 1.2 where a slower network makes jobs take a fifth longer."""
    markup: Annotated[Quantity, In("")] = NONE
    """What a managed service asks on top, as a share."""
    overhead: Annotated[Quantity, In("")] = NONE
    """What machines cost beside their GPUs, as a share."""
    decline: Decline | None = None
    """By which share the price falls a year."""

    def gpu_price(self, world: World) -> tuple[Path, str]:
        """The price of a GPU hour with everything on top, and where it comes from."""
        base, why = self._asked(world)
        if self.availability is not ONE:
            if self.substitute is None:
                message = f"{self.name}: what is bought while {self.gpu} is not available is not told"
                raise PlanError(
                    "E-PLAN-021", message, "state substitute: the price of that GPU hour", ("availability",)
                )
            there = world(self.availability)
            base = base * there + world(self.substitute) * (1 - there)
            why += f", {self.substitute} when not available"
        for factor in (self.markup, self.overhead):
            if factor is not NONE:
                base = base * (1 + world(factor))
        if self.interconnect is not ONE:
            base = base * world(self.interconnect)
        return base, why

    def _asked(self, world: World) -> tuple[Path, str]:
        if self.price is not None:
            return world.falling(world(self.price), self.decline), f"{self.price} as the plan states"
        if self.owned is not None:
            found = self._of_a_machine(world, self.owned)
            return found, f"{float(found.level.flat[0]):.2f} an hour of an owned {self.gpu}"
        if not self.provider:
            message = f"{self.name}: nobody says what a {self.gpu} hour costs"
            raise PlanError("E-PLAN-021", message, "state price, or a provider, or owned", ("gpu",))
        item = gpu_named(self.gpu).name
        found_price = resource(world, gpu_hour(self.provider, item, self.region, self.term, self.offer), ("gpu",))
        price = stepped(world, found_price, Path.of(1.0))
        why = f"{float(price.level[0]):.4g} per GPU hour of {self.provider} ({found_price.as_of})"
        return world.falling(price, self.decline), why

    def _of_a_machine(self, world: World, owned: Owned) -> Path:
        """The price of an owned GPU hour, draw by draw."""

        def of(quantity: Quantity) -> Any:
            return world(quantity).level

        kw = of(owned.kw) if owned.kw is not None else gpu_named(self.gpu).kw
        # The cost of capital is taken at its mean: annuities with and without interest are two formulas.
        rate = float(of(owned.wacc).mean())
        bought = Purchase(of(owned.machine), owned.gpus, of(owned.network), of(owned.years), rate, of(owned.residual))
        site = Site(kw, of(owned.kw_month), of(owned.load), of(owned.pue), of(owned.kwh))
        return Path.of(owned_price(bought, site).usd_per_gpu_hour)
