"""The usage of machines: covered by a commitment, at list price, at a spot price, or split by pod."""

import json
from collections.abc import Iterator

from outlay.demo.amounts import MICRO
from outlay.demo.charges import Row, period, priced, template
from outlay.demo.commitments import Commitment
from outlay.demo.facts import bills, dice
from outlay.demo.machines import Part
from outlay.demo.schedules import Flags
from outlay.demo.timeline import DAYS


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
            yield fixed | period(bill, hour, part.grain) | cut | _allocated(pod, share, hours)


def _pod_shares(seed: int, part: Part) -> list[list[int]]:
    """Per day the thousandths of the node that each pod asked for; the last entry is idle."""
    draws = dice(seed, f"pods {part.place.name}").integers(
        600 // len(part.pods), 880 // len(part.pods), (DAYS, len(part.pods))
    )
    return [[int(x) for x in day] + [1000 - int(day.sum())] for day in draws]


def _allocated(pod: str, share: int, hours: int) -> Row:
    """The Allocated columns of FOCUS 1.3; idle has a method but no resource."""
    element = {
        "AllocatedRatio": share / 1000,
        "UsageUnit": "Hours",
        "UsageQuantity": hours * share / 1000,
    }
    row = {
        "AllocatedMethodId": "gpu-request-v1",
        "AllocatedMethodDetails": json.dumps({"Elements": [element]}),
    }
    if not pod:
        return row
    namespace, name = pod.split("/")
    tags = json.dumps({"k8s_namespace": namespace, "k8s_deployment": name})
    return row | {"AllocatedResourceId": f"k8s:{pod}", "AllocatedResourceName": name, "AllocatedTags": tags}
