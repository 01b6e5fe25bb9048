"""Metered against billed, by provider, model and day: how much metering explains, and the named causes of the rest.

For each class of tokens c with billed tokens Qb and money B, metered tokens Qm and the list price p:

    B - Qm*p = (B - Qb*p)  discount          + (Qb - Qm)*p  tokens that are not metered, or not billed

The second part is named further: tokens of calls that nobody could price, of calls that failed and were billed, of
another cache class than metered, and the rest, usage never seen. The causes sum to the difference.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from outlay.ledger.query import Condition, in_period
from outlay.model.layers import ABOUT_MODELS
from outlay.model.period import Period
from outlay.model.providers import title_sql

if TYPE_CHECKING:
    import duckdb

ZERO, PICO, DIGITS = Decimal(0), Decimal("1E-12"), 60
CLASSES = ("uncached", "cache_read", "cache_write", "output")
INPUT_CLASSES = CLASSES[:3]
FEES, UNBILLED = "credits, taxes and fees", "metered, not billed"
CAUSES = {
    "discount": "the bill asks another price than the list",
    "unpriced model": "calls whose model has no price in the book",
    "failed but billed": "calls that failed, with tokens on the bill",
    "cache class": "tokens billed in another cache class than metered",
    "usage never seen": "tokens on the bill that no metering saw",
    UNBILLED: "tokens that were metered and are not on the bill",
    "no tokens on the bill": "a bill without tokens: price and usage cannot be told apart",
    FEES: "lines of the bill that no call caused",
    "rounding": "what rounding of prices and lines left",
}
BILLED_CLASS = """CASE WHEN x_TokenDirection = 'Output' THEN 'output' WHEN x_TokenCacheAction = 'Read' THEN 'cache_read'
  WHEN x_TokenCacheAction = 'Write' THEN 'cache_write' WHEN x_TokenDirection = 'Input' THEN 'uncached' END"""
TOKENS = "lower(ConsumedUnit) LIKE '%token%'"


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


@dataclass(slots=True)
class _Side:
    """What one side says of a day: money and tokens by class, money that has none, and requests."""

    money: dict[str, Decimal] = field(default_factory=dict)
    tokens: dict[str, Decimal] = field(default_factory=dict)
    other: Decimal = ZERO
    caused: Decimal = ZERO
    requests: int = 0
    failed: int = 0
    unpriced: dict[str, Decimal] = field(default_factory=dict)
    cost: Decimal | None = None

    def add(self, kind: str, money: Decimal, tokens: Decimal) -> None:
        """Count money and tokens of a class."""
        self.money[kind] = self.money.get(kind, ZERO) + money
        self.tokens[kind] = self.tokens.get(kind, ZERO) + tokens


Key = tuple[str, str | None, str, str]


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
    # Sums of money have up to 38 digits: Python's own 28 would round the largest.
    with localcontext(prec=DIGITS):
        billed, spans = _billed(connection, costs, period)
        metered = _metered(connection, days, prices, period, spans, currency)
        _lend_unpriced(billed, metered)
        keys = sorted({*billed, *metered}, key=lambda k: (k[0], k[1] or "", k[2], k[3]))
        return tuple(_compared(key, billed.get(key), metered.get(key)) for key in keys)


def _lend_unpriced(billed: Mapping[Key, "_Side"], metered: dict[Key, "_Side"]) -> None:
    """Calls of models that no bill names may be those of a model that nobody metered: a name with a typo is one.

    Their tokens explain the bills of the same provider and day that have nothing metered beside them.
    """
    for (provider, _, day, currency), unnamed in [(k, s) for k, s in metered.items() if k not in billed and s.unpriced]:
        for key in [k for k in billed if (k[0], k[2]) == (provider, day) and k not in metered]:
            lent = {kind: min(tokens, billed[key].tokens.get(kind, ZERO)) for kind, tokens in unnamed.unpriced.items()}
            metered.setdefault((*key[:3], currency), _Side()).unpriced = lent
            unnamed.unpriced = {kind: tokens - lent[kind] for kind, tokens in unnamed.unpriced.items()}


# Bills of several days by provider and model: the first day and the day after the last one.
Spans = dict[tuple[str, str | None], set[tuple[str, str]]]


def _billed(connection: "duckdb.DuckDBPyConnection", costs: str, period: Period) -> tuple[dict[Key, _Side], Spans]:
    """The bills of model APIs, and those that cover several days."""
    usage = "ChargeCategory = 'Usage'"
    calls = f"x_RecordKind = 'billed' AND {usage} AND {ABOUT_MODELS}"
    # Taxes, credits and rounding stand beside the usage of the service that they are for.
    beside = (
        f"x_RecordKind = 'billed' AND NOT {usage} AND ServiceName IN (SELECT ServiceName FROM {costs} WHERE {calls})"
    )
    kept = in_period(period) & Condition(f"({calls}) OR ({beside})")
    rows = connection.execute(
        "SELECT ServiceProviderName, x_ModelId, strftime(ChargePeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        f"BillingCurrency, CASE WHEN {usage} THEN coalesce({BILLED_CLASS}, '') ELSE 'fee' END, "
        f"bool_and({TOKENS} AND ConsumedQuantity IS NOT NULL), sum(EffectiveCost), sum(ConsumedQuantity), "
        "sum(EffectiveCost) FILTER (WHERE contains(x_AttributionSource, 'metering')), "
        "strftime(max(ChargePeriodEnd) AT TIME ZONE 'UTC', '%Y-%m-%d') "
        f"FROM {costs} WHERE {kept.sql} GROUP BY 1, 2, 3, 4, 5",
        list(kept.values),
    ).fetchall()
    found: dict[Key, _Side] = {}
    spans: Spans = {}
    for provider, model, day, currency, kind, counted, money, tokens, explained, end in rows:
        if kind != "fee" and end and date.fromisoformat(end) - date.fromisoformat(day) > timedelta(days=1):
            spans.setdefault((provider, model), set()).add((day, end))
        side = found.setdefault((provider, model, day, currency), _Side())
        side.cost = (side.cost or ZERO) + (money or ZERO)
        side.caused += explained or ZERO
        if kind == "fee":
            side.money["fee"] = side.money.get("fee", ZERO) + (money or ZERO)
        elif kind and counted:
            side.add(kind, money or ZERO, tokens)
        else:
            side.other += money or ZERO
    return found, spans


LEAVES = {
    "uncached": (
        "input",
        "input - coalesce(cache_read, 0) - coalesce(cache_write_5m, 0) - coalesce(cache_write_1h, 0)",
    ),
    "cache_read": ("cache_read", "cache_read"),
    "cache_write": ("cache_write_5m", "coalesce(cache_write_5m, 0) + coalesce(cache_write_1h, 0)"),
    "output": ("output", "output"),
}


def _metered(
    connection: "duckdb.DuckDBPyConnection", days: str, prices: str, period: Period, spans: Spans, usual: str
) -> dict[Key, _Side]:
    """The metered calls, each class at the prices that they were priced with."""
    bounds = [(sign, day) for sign, day in ((">=", period.start), ("<", period.end)) if day]
    where = " AND ".join(f"day {sign} TIMESTAMPTZ '{day} 00:00:00+00'" for sign, day in bounds) or "true"
    leaves = ", ".join(f"CAST(sum({sql}) AS DECIMAL(38,0))" for _, sql in LEAVES.values())
    rows = connection.execute(
        f"SELECT {title_sql('provider')}, model, strftime(day AT TIME ZONE 'UTC', '%Y-%m-%d'), currency, rate_id, "
        f"unpriced IS NOT NULL, CAST(sum(requests) AS BIGINT), "
        f"CAST(coalesce(sum(requests) FILTER (WHERE failed AND input IS NULL), 0) AS BIGINT), sum(cost), {leaves} "
        f"FROM {days} WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6"
    ).fetchall()
    each = _unit_prices(connection, prices)
    found: dict[Key, _Side] = {}
    for provider, model, day, currency, rate, unpriced, requests, failed, cost, *tokens in rows:
        billed = next((first for first, end in spans.get((provider, model), ()) if first <= day < end), day)
        side = found.setdefault((provider, model, billed, currency or usual), _Side())
        side.requests += requests - failed
        side.failed += failed
        if cost is not None:
            side.cost = (side.cost or ZERO) + cost
        for (kind, (unit, _)), count in zip(LEAVES.items(), tokens, strict=True):
            if unpriced:
                side.unpriced[kind] = side.unpriced.get(kind, ZERO) + (count or ZERO)
            elif count:
                price = each.get((rate, unit), each.get((rate, "input"), ZERO))
                side.add(kind, count * price, count)
    return found


def _unit_prices(connection: "duckdb.DuckDBPyConnection", prices: str) -> dict[tuple[str, str], Decimal]:
    """The price of one unit by rate and unit."""
    rows = connection.execute(f"SELECT DISTINCT rate_id, unit, price, per FROM {prices}").fetchall()
    return {(rate, unit): price / per for rate, unit, price, per in rows}


def _compared(key: Key, billed: _Side | None, metered: _Side | None) -> Reconciled:
    provider, model, day, currency = key
    total = billed.cost if billed else None
    cost = metered.cost if metered else None
    causes = _causes(billed, metered) if billed else {}
    return Reconciled(provider, model, day, currency, total, cost, billed.caused if billed else ZERO, causes)


def _causes(billed: _Side, metered: _Side | None) -> dict[str, Decimal]:
    """What makes up the difference, by name; the causes sum to it."""
    seen = metered or _Side()
    found = dict.fromkeys(CAUSES, ZERO)
    found[FEES] = billed.money.get("fee", ZERO)
    gaps: dict[str, tuple[Decimal, Decimal]] = {}
    for kind in CLASSES if billed.tokens else ():
        tokens, money = billed.tokens.get(kind, ZERO), billed.money.get(kind, ZERO)
        counted = seen.tokens.get(kind, ZERO)
        price = _price(seen.money.get(kind, ZERO), counted) or _price(money, tokens)
        if price is not None:
            found["discount"] += money - tokens * price
            gaps[kind] = (tokens - counted, price)
    _name_gaps(found, gaps, seen)
    if billed.other:
        kind = "no tokens on the bill" if seen.cost is not None else "usage never seen"
        found[kind] += billed.other - (ZERO if billed.tokens else seen.cost or ZERO)
    found = {name: value.quantize(PICO) for name, value in found.items()}
    found["rounding"] = (billed.cost or ZERO) - (seen.cost or ZERO) - sum(found.values(), ZERO)
    return {name: value for name, value in found.items() if value}


def _price(money: Decimal, tokens: Decimal) -> Decimal | None:
    return money / tokens if tokens else None


def _name_gaps(found: dict[str, Decimal], gaps: Mapping[str, tuple[Decimal, Decimal]], seen: _Side) -> None:
    """Give the tokens that one side has more than the other their names, each at its price."""
    left = {kind: gap for kind, (gap, _) in gaps.items()}
    prices = {kind: price for kind, (_, price) in gaps.items()}
    _take(found, "unpriced model", left, prices, seen.unpriced)
    _take(found, "failed but billed", left, prices, _of_failed(seen))
    found["cache class"] += _shifted(left, prices)
    for kind, gap in left.items():
        found["usage never seen" if gap > 0 else UNBILLED] += gap * prices[kind]


def _of_failed(seen: _Side) -> dict[str, Decimal]:
    """The tokens that failed calls probably had: those of the mean call that did not fail."""
    if not seen.requests or not seen.failed:
        return {}
    return {kind: tokens * seen.failed / seen.requests for kind, tokens in seen.tokens.items()}


def _take(
    found: dict[str, Decimal],
    name: str,
    left: dict[str, Decimal],
    prices: Mapping[str, Decimal],
    most: Mapping[str, Decimal],
) -> None:
    """Explain up to so many of the tokens that are left by one cause."""
    for kind, limit in most.items():
        taken = max(min(left.get(kind, ZERO), limit), ZERO)
        if taken:
            found[name] += taken * prices[kind]
            left[kind] -= taken


def _shifted(left: dict[str, Decimal], prices: Mapping[str, Decimal]) -> Decimal:
    """Input tokens that the bill has in one cache class and metering in another, at the difference of their prices."""
    kinds = [k for k in INPUT_CLASSES if k in left]
    more, less = [k for k in kinds if left[k] > 0], [k for k in kinds if left[k] < 0]
    moved = min(sum((left[k] for k in more), ZERO), -sum((left[k] for k in less), ZERO))
    return _settle(left, prices, more, moved) + _settle(left, prices, less, -moved) if moved else ZERO


def _settle(left: dict[str, Decimal], prices: Mapping[str, Decimal], kinds: Sequence[str], tokens: Decimal) -> Decimal:
    """Take tokens out of some classes, in proportion to what they have; returns their money."""
    whole = sum((left[k] for k in kinds), ZERO)
    money = ZERO
    for kind in kinds:
        share = left[kind] * tokens / whole
        money += share * prices[kind]
        left[kind] -= share
    return money


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
