"""What was delivered: the live entries of the journal as people and programs read them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from outlay.ledger.journal import Entry
from outlay.model.charge import COSTS

MONEY = (*COSTS, "x_MeteredCost")
Sums = dict[str, Decimal | None]


def totals_by_currency(entry: Entry) -> dict[str, Sums]:
    """The sum of each cost of a delivery, per currency; None where no row says that cost."""
    return _added(entry.totals)


def rounding_by_currency(entry: Entry) -> dict[str, Sums]:
    """What rounding to 12 decimals took from each cost of a delivery, per currency: stored + rounding = file."""
    return _added(entry.rounding)


def _added(said: Sequence[Mapping[str, Any]]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    for part in said:
        sums = found.setdefault(part["currency"], dict.fromkeys(MONEY))
        for cost in MONEY:
            if part.get(cost) is not None:
                sums[cost] = (sums[cost] or Decimal(0)) + Decimal(part[cost])
    # Calls that nobody could price have no currency.
    return {unit: sums for unit, sums in found.items() if unit or len(found) == 1}


FACTS = {"outcome": "outcomes", "score": "scores"}


def kind_of(entry: Entry) -> str:
    """What a delivery is: `billed`, `metered`, `planned`, `outcomes` or `scores`; a bill can be of two kinds."""
    if entry.shape != "charge":
        return FACTS.get(entry.shape, "metered")
    return ", ".join(sorted({str(said["kind"]) for said in entry.coverage})) or "billed"


def cost_of(entry: Entry) -> Decimal | None:
    """What a delivery says that was spent: billed, or metered; None if nobody knows, and for several currencies."""
    if entry.shape in FACTS or kind_of(entry) == "planned":
        return None
    column = "x_MeteredCost" if entry.shape == "event" else "BilledCost"
    sums = list(totals_by_currency(entry).values())
    return sums[0][column] if len(sums) == 1 else None


def delivery_data(entry: Entry) -> dict[str, Any]:
    """A delivery as JSON: its scope, its rows, and its exact sums."""
    totals, rounding = totals_by_currency(entry), rounding_by_currency(entry)
    single = next(iter(totals)) if len(totals) == 1 else None
    return {
        "source": entry.source,
        "source_version": entry.source_version,
        "scope": {"source": entry.source, "account": entry.account, "period_start": entry.period_start},
        "kind": kind_of(entry),
        "rows": entry.rows,
        "problems": entry.problems,
        "cost": _text(cost_of(entry)),
        "billed": _text(totals[single]["BilledCost"]) if single else None,
        "effective": _text(totals[single]["EffectiveCost"]) if single else None,
        "metered": _text(totals[single]["x_MeteredCost"]) if single else None,
        "currency": single or None,
        "totals": _texts(totals),
        "rounding": _texts(rounding),
        "coverage": [dict(c) for c in entry.coverage],
        "delivery_id": entry.delivery_id,
        "recorded_at": entry.recorded_at.isoformat() if entry.recorded_at else None,
    }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _texts(sums: Mapping[str, Sums]) -> list[dict[str, str | None]]:
    return [{"currency": unit, **{c: _text(v) for c, v in costs.items()}} for unit, costs in sums.items()]
