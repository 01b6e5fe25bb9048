"""Data that lies somewhere: GB x copies x versions, at the price of each tier.

What lies there is stated, or follows from what is written each month and how long it is kept.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from outlay.plan.layers.bought import bought
from outlay.plan.layers.entry import Entry, Strict
from outlay.plan.layers.retained import retained
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.world import PlanError, World
from outlay.prices.resources import Wanted

ONCE = parse_quantity(1)
StoragePrice = Annotated[Quantity, In("$/GB-month", group=PRICE)]
Per = Literal["", "GB", "GiB"]


class Tier(Strict):
    """A part of the data in a class of storage of its own."""

    share: Annotated[Quantity, share()]
    """Its share of the data; the shares of all tiers are 100%."""
    item: str = ""
    """The class in the price book, such as s3-glacier-instant."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: StoragePrice | None = None
    """What a GB costs a month, in place of the book."""


class Storage(Entry):
    """Data sets, checkpoints, logs and artefacts: S3 standard at $0.023 / GB-month holds 1 PB for $23,000 a month."""

    kind: Literal["storage"] = "storage"
    stored: Annotated[Quantity, In("GB", group=USAGE)] | None = None
    """What lies there in the first month."""
    growth: Annotated[Quantity, In("1/month", least=-1.0)] | None = None
    """By which share `stored` grows from month to month."""
    added: Annotated[Quantity, In("GB/month", group=USAGE)] | None = None
    """What is added to `stored` each month and stays."""
    written: Annotated[Quantity, In("GB/month", knob="traffic", group=USAGE)] | None = None
    """What is written each month and kept for `retention`."""
    retention: Annotated[Quantity, In("month")] | None = None
    """How long what is written is kept; a bare number is months."""
    filling: bool = False
    """Whether nothing of what is written lies there when the plan begins."""
    copies: Annotated[Quantity, In("", least=1)] = ONCE
    """How often every version is kept, the first one counted."""
    versions: Annotated[Quantity, In("", least=1)] = ONCE
    """How many versions are kept."""
    tiers: list[Tier] = []
    """Classes of storage; without any, `item` or `price` is that of all data."""
    item: str = ""
    """The class in the price book, such as s3-standard."""
    offer: str = ""
    """Which offer of it, where there are several."""
    price: StoragePrice | None = None
    """What a GB costs a month, in place of the book."""
    per: Per = ""
    """Whether the provider counts GB or GiB, where the price book has both; GB if nothing is said."""
    requests: Annotated[Quantity, In("requests/month", knob="traffic", group=USAGE)] | None = None
    """Reads and writes a month, where they are paid."""
    request_price: Annotated[Quantity, In("$/request", group=PRICE)] | None = None
    """What one of them costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line for each tier, one for what its copies and versions add, and the requests."""
        data, fixed = self._data(world), self.written is None
        # Draws beyond the 10th percentile of a range may hold less than what is kept at least.
        times = (world(self.copies) * world(self.versions)).each(np.maximum, 1.0)
        for where, tier, part in self._tiers(world):
            wanted = Wanted("storage", tier.item, self.provider, self.per, self.region, offer=tier.offer)
            first, whole = data * part, data * part * times
            cost, why = bought(world, tier.price, wanted, {"GB": first}, where)
            name = f"stored in {tier.item}" if tier.item else "stored"
            yield Line(name, cost, why, first, "GB", fixed=fixed)
            if self.copies is not ONCE or self.versions is not ONCE:
                more = bought(world, tier.price, wanted, {"GB": whole}, where)[0] - cost
                told = f"{self.copies} copies x {self.versions} versions less the first; {why}"
                yield Line(f"copies and versions {name}", more, told, whole - first, "GB", "production", fixed)
        if self.requests is not None or self.request_price is not None:
            yield self._requests(world)

    def _data(self, world: World) -> Path:
        """What lies there in each month, once."""
        found = []
        if self.stored is not None:
            stored = world(self.stored)
            found.append(world.growing(stored, self.growth) if self.growth is not None else stored)
        if self.added is not None:
            found.append(world(self.added) * Path.by_month(np.arange(world.months, dtype=np.float64)))
        if self.written is not None and self.retention is not None:
            found.append(retained(world(self.written), world(self.retention), world.months, self.filling))
        elif self.written is not None or self.retention is not None:
            missing = "written" if self.written is None else "retention"
            raise PlanError("E-PLAN-021", f"{self.name} has no {missing}", "written and retention go together")
        if not found:
            raise PlanError("E-PLAN-021", f"{self.name} holds no data", "write stored, or written and retention")
        return sum(found[1:], found[0])

    def _tiers(self, world: World) -> Iterator[tuple[tuple[str | int, ...], Tier, Path]]:
        """Where each tier stands in the plan, the tier, and its share."""
        if not self.tiers:
            alone = Tier(share=ONCE, item=self.item, offer=self.offer, price=self.price)
            yield ("item",), alone, Path.of(1.0)
            return
        shares = [world(tier.share) for tier in self.tiers]
        whole = sum(shares[1:], shares[0])
        total = float(np.median(whole.grid()))
        if abs(total - 1) > 0.005:
            raise PlanError("E-PLAN-023", f"the tiers hold {total:.1%} of the data", "make them 100%", ("tiers",))
        for index, (tier, part) in enumerate(zip(self.tiers, shares, strict=True)):
            # Shares that are ranges add up to 1 in each draw.
            yield ("tiers", index, "item"), tier, part / whole

    def _requests(self, world: World) -> Line:
        if self.requests is None or self.request_price is None:
            missing = "requests" if self.requests is None else "request_price"
            raise PlanError("E-PLAN-021", f"{self.name} has no {missing}", "requests and request_price go together")
        requests = world(self.requests)
        why = f"{self.requests} at {self.request_price}"
        return Line("requests", requests * world(self.request_price), why, requests, "requests")


ENTRIES = (Storage,)
