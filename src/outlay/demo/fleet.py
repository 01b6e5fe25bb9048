"""Machines by the hour: what each ran, what a commitment covered, and what of the commitment was unused."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outlay.demo.amounts import MICRO, micro
from outlay.demo.charges import Place, Row, period, priced, template
from outlay.demo.facts import Sku, bills, dice, skus, table
from outlay.demo.schedules import Flags, running
from outlay.demo.timeline import DAYS, HOURS

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Part:
    """One SKU of one machine: how many units an hour takes, and in which hours a commitment pays."""

    sku: Sku
    units: int
    place: Place
    market: str
    grain: int
    pods: tuple[str, ...]
    on: Flags
    covered: Flags


@dataclass(frozen=True, slots=True)
class Commitment:
    """A promise to pay `per_hour` units of `sku` every hour; `unused` is what nothing ran on, in micro-units."""

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
            "CommitmentDiscountQuantity": priced(self.sku, quantity)["PricingQuantity"],
        }

    def need(self, part: Part) -> int:
        """The units of this commitment that one hour of `part` takes."""
        return part.units * part.sku.committed_price * MICRO // self.sku.list_price


def parts(seed: int) -> list[Part]:
    """Every machine of the table `fleet`, taken apart into SKUs; nothing covered yet."""
    return [part for row in table("fleet") for part in _parts_of(seed, row)]


def _parts_of(seed: int, row: dict[str, str]) -> Iterator[Part]:
    place = Place(
        row["account"],
        row["layer"],
        row["region"],
        row["zone"],
        row["resource"],
        row["name"],
        row["type"],
        row["tags"],
    )
    flags = running(seed, row["name"], row["schedule"], row["from"])
    for piece in row["parts"].split(" "):
        name, count = piece.split(":")
        nothing = np.zeros(HOURS, dtype=np.bool_)
        pods = tuple(row["pods"].split())
        yield Part(skus()[name], int(count), place, row["market"], int(row["grain"]), pods, flags, nothing)


def commitments(fleet: list[Part]) -> list[Commitment]:
    """Apply each commitment hour by hour: first to the machines bought for it, then to any other that fits."""
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


def usage_rows(seed: int, fleet: list[Part], promises: list[Commitment]) -> Iterator[Row]:
    """The usage of every machine, covered and not."""
    by_sku = {name: promise for promise in promises for name in promise.row["covers"].split(" ")}
    for part in fleet:
        promise = by_sku.get(part.sku.name)
        if promise is not None:
            yield from _covered_rows(part, promise)
        if part.pods:
            yield from _pod_rows(seed, part)
        else:
            yield from _plain_rows(seed, part)


def _per_grain(flags: Flags, grain: int) -> list[tuple[int, int]]:
    """(first hour, hours run) of every grain in which the machine ran."""
    counts = flags.reshape(-1, grain).sum(axis=1)
    return [(i * grain, int(n)) for i, n in enumerate(counts) if n]


def _covered_rows(part: Part, promise: Commitment) -> Iterator[Row]:
    bill = bills()[part.sku.bill]
    fixed = template(part.sku, part.place, "COM") | {"PricingCategory": "Committed"}
    for hour, hours in _per_grain(part.covered, part.grain):
        quantity = hours * part.units * MICRO
        used = priced(part.sku, quantity, effective=quantity * part.sku.committed_price)
        named = promise.columns(hours * promise.need(part), "Used")
        yield fixed | period(bill, hour, part.grain) | used | named


def _plain_rows(seed: int, part: Part) -> Iterator[Row]:
    bill = bills()[part.sku.bill]
    spot = part.market == "spot"
    fixed = template(part.sku, part.place, "SPT" if spot else "OD")
    if spot:
        fixed["PricingCategory"] = "Dynamic"
    prices = _spot_prices(seed, part) if spot else [part.sku.contracted_price] * DAYS
    for hour, hours in _per_grain(part.on & ~part.covered, part.grain):
        quantity = hours * part.units * MICRO
        yield fixed | period(bill, hour, part.grain) | priced(part.sku, quantity, prices[hour // 24])


def _spot_prices(seed: int, part: Part) -> list[int]:
    """A price per day between 36% and 48% of the list price, in steps of 0.0001."""
    draws = dice(seed, f"spot {part.place.name}").integers(360, 481, DAYS)
    return [int(d) * part.sku.list_price // 1000 // 100 * 100 for d in draws]


def _pod_rows(seed: int, part: Part) -> Iterator[Row]:
    """A cluster node split by the GPU hours that each pod asked for; what nobody asked for stays idle."""
    bill = bills()[part.sku.bill]
    fixed = template(part.sku, part.place)
    shares = _pod_shares(seed, part)
    for hour, hours in _per_grain(part.on, part.grain):
        quantity = hours * part.units * MICRO
        for pod, share in zip((*part.pods, ""), shares[hour // 24], strict=True):
            cut = priced(part.sku, quantity * share // 1000)
            yield fixed | period(bill, hour, part.grain) | cut | _allocated(pod, share)


def _pod_shares(seed: int, part: Part) -> list[list[int]]:
    """Per day the thousandths of the node that each pod asked for; the last entry is idle."""
    draws = dice(seed, f"pods {part.place.name}").integers(
        600 // len(part.pods), 880 // len(part.pods), (DAYS, len(part.pods))
    )
    return [[int(x) for x in day] + [1000 - int(day.sum())] for day in draws]


def _allocated(pod: str, share: int) -> Row:
    """The Allocated columns of FOCUS 1.3; idle has a method but no resource."""
    element = {"AllocatedRatio": share / 1000, "UsageUnit": "GPU-Hours"}
    row = {
        "AllocatedMethodId": "gpu-request-v1",
        "AllocatedMethodDetails": json.dumps({"Elements": [element]}),
    }
    if not pod:
        return row
    namespace, name = pod.split("/")
    tags = json.dumps({"k8s_namespace": namespace, "k8s_deployment": name})
    return row | {"AllocatedResourceId": f"k8s:{pod}", "AllocatedResourceName": name, "AllocatedTags": tags}


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
