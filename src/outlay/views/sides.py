"""Both sides of a reconciliation, by provider, model, day and currency: what bills say, and what metering counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from outlay.ledger.query import Condition, in_period
from outlay.model.layers import ABOUT_MODELS
from outlay.model.period import Period
from outlay.model.providers import title_sql
from outlay.model.token_classes import BILLED_CLASS, LEAVES, OTHER_UNITS, bare_model, billed_tokens
from outlay.prices.quote import priced_as

if TYPE_CHECKING:
    import duckdb

ZERO = Decimal(0)
FEE, OTHER = "fee", "other"
# Where the owner of a row came from says whether metering told it; see `outlay.derive.reconcile`.
SPLIT_BY_METERING = "list_contains(string_split(x_AttributionSource, '; '), 'metering')"


@dataclass(slots=True)
class Side:
    """What one side says of a day: money and tokens by class, other money, and requests.

    `cost` is all of its money, `other` that of usage without tokens, `fees` that of no usage, `explained` what metering
    gives an owner, `unpriced` the tokens that have no price.
    """

    money: dict[str, Decimal] = field(default_factory=dict)
    tokens: dict[str, Decimal] = field(default_factory=dict)
    other: Decimal = ZERO
    fees: Decimal = ZERO
    explained: Decimal = ZERO
    requests: int = 0
    failed: int = 0
    unpriced: dict[str, Decimal] = field(default_factory=dict)
    cost: Decimal | None = None

    def add(self, kind: str, money: Decimal, tokens: Decimal) -> None:
        """Count money and tokens of a class."""
        self.money[kind] = self.money.get(kind, ZERO) + money
        self.tokens[kind] = self.tokens.get(kind, ZERO) + tokens

    def pay(self, money: Decimal | None) -> None:
        """Count money of any kind, where it is known."""
        if money is not None:
            self.cost = (self.cost or ZERO) + money


# Provider as bills name it, model, first day, currency.
Key = tuple[str, str | None, str, str]
# Bills of several days by provider and model: the first day and the day after the last one.
Spans = dict[tuple[str, str | None], set[tuple[str, str]]]


def billed_sides(connection: "duckdb.DuckDBPyConnection", costs: str, period: Period) -> tuple[dict[Key, Side], Spans]:
    """The bills of model APIs, and those that cover several days."""
    usage = "ChargeCategory = 'Usage'"
    calls = f"x_RecordKind = 'billed' AND {usage} AND {ABOUT_MODELS}"
    # Taxes, credits and rounding stand beside the usage of the service that they are for.
    beside = (
        f"x_RecordKind = 'billed' AND NOT {usage} AND ServiceName IN (SELECT ServiceName FROM {costs} WHERE {calls})"
    )
    kept = in_period(period) & Condition(f"({calls}) OR ({beside})")
    rows = connection.execute(
        f"SELECT ServiceProviderName, {bare_model('x_ModelId')}, "
        "strftime(ChargePeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        f"BillingCurrency, CASE WHEN {usage} THEN coalesce({BILLED_CLASS}, '') ELSE '{FEE}' END, "
        f"bool_and({billed_tokens()} IS NOT NULL), sum(EffectiveCost), sum({billed_tokens()}), "
        f"sum(EffectiveCost) FILTER (WHERE {SPLIT_BY_METERING}), "
        "strftime(max(ChargePeriodEnd) AT TIME ZONE 'UTC', '%Y-%m-%d') "
        f"FROM {costs} WHERE {kept.sql} GROUP BY 1, 2, 3, 4, 5",
        list(kept.values),
    ).fetchall()
    found: dict[Key, Side] = {}
    spans: Spans = {}
    for provider, model, day, currency, kind, counted, money, tokens, explained, end in rows:
        if kind != FEE and end and date.fromisoformat(end) - date.fromisoformat(day) > timedelta(days=1):
            spans.setdefault((provider, model), set()).add((day, end))
        side = found.setdefault((provider, model, day, currency), Side())
        side.pay(money or ZERO)
        side.explained += explained or ZERO
        if kind == FEE:
            side.fees += money or ZERO
        elif kind and counted:
            side.add(kind, money or ZERO, tokens)
        else:
            side.other += money or ZERO
    return found, spans


def metered_sides(
    connection: "duckdb.DuckDBPyConnection", days: str, prices: str, period: Period, spans: Spans, usual: str
) -> dict[Key, Side]:
    """The metered calls of the rollup `days`, each class at the prices that they were priced with.

    Calls without a price are of the currency `usual`.
    """
    bounds = [(sign, day) for sign, day in ((">=", period.start), ("<", period.end)) if day]
    where = " AND ".join(f"day {sign} TIMESTAMPTZ '{day} 00:00:00+00'" for sign, day in bounds) or "true"
    counts = ", ".join(f"CAST(sum({sql}) AS DECIMAL(38,0))" for _, _, sql in _counted())
    rows = connection.execute(
        f"SELECT {title_sql('provider')}, {bare_model('model')}, strftime(day AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        "currency, rate_id, unpriced IS NOT NULL, CAST(sum(requests) AS BIGINT), "
        f"CAST(coalesce(sum(requests) FILTER (WHERE failed AND input IS NULL), 0) AS BIGINT), sum(cost), {counts} "
        f"FROM {days} WHERE {where} GROUP BY 1, 2, 3, 4, 5, 6"
    ).fetchall()
    each = _unit_prices(connection, prices)
    found: dict[Key, Side] = {}
    for provider, model, day, currency, rate, unpriced, requests, failed, cost, *quantities in rows:
        billed = next((first for first, end in spans.get((provider, model), ()) if first <= day < end), day)
        side = found.setdefault((provider, model, billed, currency or usual), Side())
        side.requests += requests - failed
        side.failed += failed
        side.pay(cost)
        for (kind, unit, _), count in zip(_counted(), quantities, strict=True):
            _count(side, kind, count or ZERO, None if unpriced else _price(each.get(rate, {}), unit))
    return found


def _counted() -> list[tuple[str, str, str]]:
    """Everything that a call can cost money for: its class, the unit of its price, and its quantity as SQL."""
    leaves = [(kind, unit, sql) for kind, units in LEAVES.items() for unit, sql in units.items()]
    return [*leaves, *((OTHER, unit, sql) for unit, sql in OTHER_UNITS.items())]


def _count(side: Side, kind: str, count: Decimal, price: Decimal | None) -> None:
    if kind == OTHER:
        side.other += count * (price or ZERO)
    elif price is None:
        side.unpriced[kind] = side.unpriced.get(kind, ZERO) + count
    elif count:
        side.add(kind, count * price, count)


def _price(each: Mapping[str, Decimal], unit: str) -> Decimal:
    """The price of a unit in a set of prices, or that of the unit that stands for it."""
    name = priced_as(unit, each)
    return each[name] if name else ZERO


def _unit_prices(connection: "duckdb.DuckDBPyConnection", prices: str) -> dict[str, dict[str, Decimal]]:
    """The price of one unit, by rate."""
    found: dict[str, dict[str, Decimal]] = {}
    rows = connection.execute(f"SELECT DISTINCT rate_id, unit, price, per FROM {prices}").fetchall()
    for rate, unit, price, per in rows:
        found.setdefault(rate, {})[unit] = price / per
    return found


def lend_unpriced(billed: Mapping[Key, Side], metered: dict[Key, Side]) -> None:
    """Calls of models that no bill names may be those of a model that nobody metered: a name with a typo is one.

    Their tokens explain the bills of the same provider and day that have nothing metered beside them.
    """
    for (provider, _, day, currency), unnamed in [(k, s) for k, s in metered.items() if k not in billed and s.unpriced]:
        for key in [k for k in billed if (k[0], k[2]) == (provider, day) and k not in metered]:
            lent = {kind: min(tokens, billed[key].tokens.get(kind, ZERO)) for kind, tokens in unnamed.unpriced.items()}
            metered.setdefault((*key[:3], currency), Side()).unpriced = lent
            unnamed.unpriced = {kind: tokens - lent[kind] for kind, tokens in unnamed.unpriced.items()}
