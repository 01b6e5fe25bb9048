"""Commitments: what was promised per hour, what it covered, and what nobody used.

Per commitment the used and the unused parts add up to the purchases exactly: every hour `per_hour` units are
bought, each covered machine takes the units that it needs, and the rest of the hour is unused.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.demo.amounts import MICRO, micro, plain_micro
from outlay.demo.charges import Place, Row, period, priced, template
from outlay.demo.facts import Sku, bills, skus, table
from outlay.demo.machines import Part
from outlay.demo.timeline import DAYS, HOURS

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise to pay `per_hour` micro-units of `sku` every hour; `unused` holds what is left of each."""

    row: dict[str, str]
    sku: Sku
    per_hour: int
    unused: Counts

    def columns(self, quantity: int, status: str = "") -> Row:
        """The columns that name the commitment and say how much of it a row holds."""
        return {
            "CommitmentDiscountCategory": self.row["category"],
            "CommitmentDiscountId": self.row["id"],
            "CommitmentDiscountName": self.row["name"],
            "CommitmentDiscountType": self.row["type"],
            "CommitmentDiscountUnit": self.row["unit"],
            "CommitmentDiscountStatus": status,
            "CommitmentDiscountQuantity": plain_micro(quantity),
        }

    def need(self, part: Part) -> int:
        """The units of this commitment that one hour of `part` takes."""
        return part.units * part.sku.committed_price * MICRO // self.sku.list_price


def commitments(fleet: list[Part]) -> list[Commitment]:
    """Apply each commitment by the hour: first to the machines it was bought for, then to any that fits."""
    return [_apply(row, fleet) for row in table("commitments")]


def _apply(row: dict[str, str], fleet: list[Part]) -> Commitment:
    per_hour = micro(row["per_hour"])
    promise = Commitment(row, skus()[row["sku"]], per_hour, np.full(HOURS, per_hour, dtype=np.int64))
    eligible = [p for p in fleet if p.sku.name in row["covers"].split(" ")]
    for part in sorted(eligible, key=lambda p: p.market != "committed"):
        need = promise.need(part)
        part.covered[:] = part.on & (promise.unused >= need)
        promise.unused[:] -= part.covered * need
    return promise


def commitment_rows(promises: list[Commitment]) -> Iterator[Row]:
    """The purchase of every day, and the hours or days in which some of it was unused."""
    for promise in promises:
        place = Place(
            promise.row["account"], "training-compute", resource=promise.row["id"], name=promise.row["name"],
            type="Commitment",
        )  # fmt: skip
        yield from _purchases(promise, place)
        yield from _unused(promise, place)


def _purchases(promise: Commitment, place: Place) -> Iterator[Row]:
    bill = bills()[promise.sku.bill]
    fixed = template(promise.sku, place) | {"ChargeCategory": "Purchase", "ChargeFrequency": "Recurring"}
    quantity = promise.per_hour * 24
    bought = priced(promise.sku, quantity) | {"EffectiveCost": "0.0", "PricingCurrencyEffectiveCost": "0.0"}
    bought |= promise.columns(quantity) | {"ConsumedQuantity": "", "ConsumedUnit": ""}
    for day in range(DAYS):
        yield fixed | period(bill, day * 24, 24) | bought


def _unused(promise: Commitment, place: Place) -> Iterator[Row]:
    bill, grain = bills()[promise.sku.bill], int(promise.row["grain"])
    fixed = template(promise.sku, place, "COM") | {"PricingCategory": "Committed"}
    fixed["ChargeDescription"] = f"Unused: {promise.sku.description}"
    for i, quantity in enumerate(promise.unused.reshape(-1, grain).sum(axis=1)):
        if quantity:
            wasted = priced(promise.sku, int(quantity), effective=int(quantity) * promise.sku.list_price)
            wasted |= promise.columns(int(quantity), "Unused") | {"ConsumedQuantity": "", "ConsumedUnit": ""}
            yield fixed | period(bill, i * grain, grain) | wasted
