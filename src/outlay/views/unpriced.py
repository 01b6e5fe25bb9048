"""Calls whose cost is not known: how many, with how many tokens, why, and the money that is probably at stake.

The estimate comes from neighbours, calls whose cost is known: for a call with tokens the mean price of a token of its
model, else of its provider, else of all; for a call without, the mean cost of a request in the same order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outlay.ledger.query import Condition

if TYPE_CHECKING:
    import duckdb

CENT = Decimal("0.01")
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls of one model that have no cost for one reason. `basis` says whose calls the estimate comes from."""

    provider: str | None
    model: str | None
    reason: str
    requests: int
    tokens: int
    estimate: Decimal | None
    currency: str
    basis: str | None


@dataclass(frozen=True, slots=True)
class _Sum:
    provider: str | None
    model: str | None
    reason: str | None
    currency: str
    requests: int
    tokens: int
    cost: Decimal | None


def unpriced(connection: "duckdb.DuckDBPyConnection", metered: str, where: Condition) -> tuple[Unpriced, ...]:
    """The unpriced calls among the charges `metered`, the most money first."""
    rows = connection.execute(
        "SELECT ServiceProviderName, x_ModelId, x_Unpriced, BillingCurrency, CAST(sum(x_RequestCount) AS BIGINT), "
        "CAST(sum(ConsumedQuantity) AS BIGINT), sum(x_MeteredCost) "
        f"FROM {metered} WHERE {where.sql} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        list(where.values),
    ).fetchall()
    sums = [_Sum(*row) for row in rows]
    known = [s for s in sums if s.reason is None and s.cost is not None]
    found = [_estimated(s, known) for s in sums if s.reason is not None]
    return tuple(sorted(found, key=lambda u: (-(u.estimate or 0), -u.requests)))


def _estimated(asked: _Sum, known: Sequence[_Sum]) -> Unpriced:
    unit: Callable[[_Sum], int] = (lambda s: s.tokens) if asked.tokens else (lambda s: s.requests)
    levels: list[tuple[str, Callable[[_Sum], bool]]] = [
        ("the same model", lambda s: (s.provider, s.model) == (asked.provider, asked.model)),
        ("the same provider", lambda s: s.provider == asked.provider),
        ("all calls", lambda _: True),
    ]
    for basis, near in levels:
        peers = [s for s in known if near(s) and unit(s) and s.currency == asked.currency]
        if peers:
            each = sum((s.cost or Decimal(0) for s in peers), Decimal(0)) / sum(unit(s) for s in peers)
            estimate = (each * unit(asked)).quantize(CENT)
            return _told(asked, estimate, basis)
    return _told(asked, None, None)


def _told(asked: _Sum, estimate: Decimal | None, basis: str | None) -> Unpriced:
    said = (asked.provider, asked.model, asked.reason or "", asked.requests, asked.tokens)
    return Unpriced(*said, estimate, asked.currency, basis)


def unpriced_data(found: Sequence[Unpriced]) -> dict[str, Any]:
    """Unpriced calls for programs: their sums, and each group."""
    known = [u.estimate for u in found if u.estimate is not None]
    several = len({u.currency for u in found}) > 1
    return {
        "requests": sum(u.requests for u in found),
        "tokens": sum(u.tokens for u in found),
        "estimate": None if several or (found and not known) else str(sum(known, Decimal(0))),
        "groups": [
            {
                "provider": u.provider,
                "model": u.model,
                "reason": u.reason,
                "requests": u.requests,
                "tokens": u.tokens,
                "estimate": None if u.estimate is None else str(u.estimate),
                "currency": u.currency,
                "basis": u.basis,
            }
            for u in found
        ],
    }


def told_unpriced(found: Sequence[Unpriced], groups: int = SHOWN) -> list[str]:
    """Unpriced calls in words: one line for all, and one for each of the largest groups."""
    if not found:
        return []
    data = unpriced_data(found)
    about = "unknown" if data["estimate"] is None else f"about {Decimal(data['estimate']):,.2f} {found[0].currency}"
    lines = [f"unpriced: {data['requests']:,} requests, {data['tokens']:,} tokens, {about} at stake; not in the sums"]
    return [*lines, *(f"  {u.provider} {u.model}: {u.reason} ({u.requests:,} requests)" for u in found[:groups])]
