"""Metered against billed, by provider, model and day: how much metering explains, and the named causes of the rest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from outlay.model.period import Period
from outlay.views.causes import FEES, UNBILLED, causes_of
from outlay.views.sides import ZERO, Key, Side, billed_sides, lend_unpriced, metered_sides

if TYPE_CHECKING:
    import duckdb

# Sums of money have up to 38 digits: Python's own 28 would round the largest.
DIGITS = 60


@dataclass(frozen=True, slots=True)
class Reconciled:
    """One provider, model and day. `explained` is the money of the bill that metering gives an owner.

    The day of a bill that covers several days is its first one.
    """

    provider: str
    model: str | None
    day: str
    currency: str
    billed: Decimal | None
    metered: Decimal | None
    explained: Decimal
    causes: Mapping[str, Decimal]

    @property
    def coverage(self) -> Decimal | None:
        """The part of the billed usage that metering explains, between 0 and 1; None without a bill of usage."""
        usage = (self.billed or ZERO) - self.causes.get(FEES, ZERO)
        return min(max(self.explained / usage, ZERO), Decimal(1)).quantize(Decimal("0.0001")) if usage else None

    @property
    def difference(self) -> Decimal | None:
        """Billed less metered; None where one of them is not there."""
        with localcontext(prec=DIGITS):
            return None if self.billed is None else self.billed - (self.metered or ZERO)


def reconcile(
    connection: "duckdb.DuckDBPyConnection",
    costs: str,
    days: str,
    prices: str,
    period: Period,
    currency: str = "USD",
) -> tuple[Reconciled, ...]:
    """Every provider, model and day with a bill of a model API or with metered calls, in that order.

    `costs` are those of bills, `days` the rollup of days, `prices` the ledger's table of prices. Calls
    without a price are of `currency`, that of the workspace.
    """
    with localcontext(prec=DIGITS):
        billed, spans = billed_sides(connection, costs, period)
        metered = metered_sides(connection, days, prices, period, spans, currency)
        lend_unpriced(billed, metered)
        keys = sorted({*billed, *metered}, key=lambda k: (k[0], k[1] or "", k[2], k[3]))
        return tuple(_compared(key, billed.get(key), metered.get(key)) for key in keys)


def _compared(key: Key, billed: Side | None, metered: Side | None) -> Reconciled:
    cost = metered.cost if metered else None
    if billed is None:
        return Reconciled(*key, None, cost, ZERO, {})
    return Reconciled(*key, billed.cost, cost, billed.explained, causes_of(billed, metered))


def added(rows: Iterable[Reconciled], provider: str = "", model: str | None = None, day: str = "") -> Reconciled | None:
    """Rows of one currency as one. None for no rows or several currencies.

    Beside a bill, calls of a day or a model that nobody billed are a cause of the difference.
    """
    found = list(rows)
    if len({r.currency for r in found}) != 1:
        return None
    with localcontext(prec=DIGITS):
        return _added(found, provider, model, day)


def _added(found: Sequence[Reconciled], provider: str, model: str | None, day: str) -> Reconciled:
    causes: dict[str, Decimal] = {}
    for row in found if any(r.billed is not None for r in found) else ():
        unbilled = {UNBILLED: -row.metered} if row.billed is None and row.metered else {}
        for name, value in (*row.causes.items(), *unbilled.items()):
            causes[name] = causes.get(name, ZERO) + value
    billed, metered = _known(r.billed for r in found), _known(r.metered for r in found)
    explained = sum((r.explained for r in found), ZERO)
    return Reconciled(provider, model, day, found[0].currency, billed, metered, explained, causes)


def _known(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum of what is known; None where nothing is."""
    known = [v for v in values if v is not None]
    return sum(known, ZERO) if known else None
