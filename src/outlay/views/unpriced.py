"""Calls whose cost is not known: how many, with how many tokens, why, and the money that is probably at stake.

The estimate comes from neighbours, calls whose cost is known: those of the same model, else of the same provider, else
all. Where input and output are counted each has its neighbours' mean price; where one of them is not, a request costs
as much as the mean request. The output of neighbours has the price of their rates, and the rest of their cost is that
of their input: 40,000 tokens of input and 4,000 of output cost 0.14, of which the output is 0.04, so 1,000 tokens of
input cost 0.0025 and 1,000 of output 0.01.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from outlay.ledger.query import Condition
from outlay.model.plural import plural

if TYPE_CHECKING:
    import duckdb

CENT = Decimal("0.01")
SHOWN = 5
# A charge has one quantity: these stand beside it.
COUNTED = ("input", "output")
# Calls without a count of some class; one sum of a day can hold some that lack the input and some that lack the output.
UNTOLD = "x_Unpriced IS NOT NULL AND (input IS NULL OR output IS NULL OR contains(x_Unpriced, 'token counts'))"


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Calls of one model that have no cost for one reason. `basis` says whose calls the estimate comes from.

    `lacks` names the classes of tokens that none of these calls counts, though they count others.
    """

    provider: str | None
    model: str | None
    reason: str
    requests: int
    tokens: int
    estimate: Decimal | None
    currency: str
    basis: str | None
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class _Sum:
    provider: str | None
    model: str | None
    reason: str | None
    currency: str
    rate: str | None
    untold: bool
    requests: int
    input: int
    output: int
    cost: Decimal | None

    @property
    def group(self) -> tuple[str, str, str, str]:
        """What calls without a cost are told by."""
        return self.provider or "", self.model or "", self.reason or "", self.currency


@dataclass(frozen=True, slots=True)
class _Means:
    """What a request, a token of input and one of output cost on average; None where there is none to learn from."""

    request: Decimal | None
    input: Decimal | None
    output: Decimal | None

    def cost(self, asked: _Sum) -> Decimal | None:
        """What calls probably cost."""
        if asked.untold or not asked.input + asked.output:
            return None if self.request is None else self.request * asked.requests
        parts = [(asked.input, self.input), (asked.output, self.output)]
        costs = [each * count for count, each in parts if count and each is not None]
        return sum(costs, Decimal(0)) if len(costs) == sum(1 for count, _ in parts if count) else None


def unpriced(
    connection: "duckdb.DuckDBPyConnection", charges: str, prices: str, where: Condition
) -> tuple[Unpriced, ...]:
    """The unpriced calls among metered charges that a condition keeps, the most money first.

    The charges have the columns of `COUNTED` beside their own; `prices` are those of the ledger.
    """
    sums = _sums(connection, charges, where)
    known = [s for s in sums if s.reason is None and s.cost is not None]
    asked = sorted((s for s in sums if s.reason is not None), key=attrgetter("group"))
    outputs = _output_prices(connection, prices) if asked else {}
    found = [_estimated(list(group), known, outputs) for _, group in groupby(asked, key=attrgetter("group"))]
    return tuple(sorted(found, key=lambda u: (-(u.estimate or 0), -u.requests)))


def _sums(connection: "duckdb.DuckDBPyConnection", charges: str, where: Condition) -> list[_Sum]:
    """The calls by model, reason, currency and rate."""
    tokens = ", ".join(f"CAST(coalesce(sum({name}), 0) AS BIGINT)" for name in COUNTED)
    rows = connection.execute(
        f"SELECT ServiceProviderName, x_ModelId, x_Unpriced, BillingCurrency, x_PriceId, coalesce({UNTOLD}, false), "
        f"CAST(sum(x_RequestCount) AS BIGINT), {tokens}, sum(x_MeteredCost) "
        f"FROM {charges} WHERE {where.sql} GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
        list(where.values),
    ).fetchall()
    return [_Sum(*row) for row in rows]


def _output_prices(connection: "duckdb.DuckDBPyConnection", prices: str) -> dict[str, Decimal]:
    """The price of a token of output by rate, that of the smallest context."""
    sql = f"SELECT rate_id, price, per FROM {prices} WHERE unit = 'output' ORDER BY coalesce(above, 0) DESC"
    return {rate: price / per for rate, price, per in connection.execute(sql).fetchall()}


def _estimated(asked: Sequence[_Sum], known: Sequence[_Sum], outputs: Mapping[str, Decimal]) -> Unpriced:
    """Calls of one model and reason, with what they probably cost."""
    first = asked[0]
    levels: list[tuple[str, Callable[[_Sum], bool]]] = [
        ("the same model", lambda s: (s.provider, s.model) == (first.provider, first.model)),
        ("the same provider", lambda s: s.provider == first.provider),
        ("all calls", lambda _: True),
    ]
    for basis, near in levels:
        means = _means([s for s in known if near(s) and s.currency == first.currency], outputs)
        costs = [means.cost(s) for s in asked]
        if None not in costs:
            estimate = sum((c for c in costs if c is not None), Decimal(0))
            return _told(asked, estimate.quantize(CENT), basis)
    return _told(asked, None, None)


def _means(peers: Sequence[_Sum], outputs: Mapping[str, Decimal]) -> _Means:
    """What neighbours cost on average."""
    requests = sum(s.requests for s in peers)
    rated = [s for s in peers if s.rate in outputs or not s.output]
    each = _each(_cost(peers), requests)
    if not rated:
        token = _each(_cost(peers), sum(s.input + s.output for s in peers))
        return _Means(each, token, token)
    of_output = sum((outputs.get(s.rate or "", Decimal(0)) * s.output for s in rated), Decimal(0))
    of_input = _cost(rated) - of_output
    return _Means(each, _each(of_input, sum(s.input for s in rated)), _each(of_output, sum(s.output for s in rated)))


def _cost(sums: Sequence[_Sum]) -> Decimal:
    return sum((s.cost or Decimal(0) for s in sums), Decimal(0))


def _each(cost: Decimal, count: int) -> Decimal | None:
    return cost / count if count and cost >= 0 else None


def _told(asked: Sequence[_Sum], estimate: Decimal | None, basis: str | None) -> Unpriced:
    first, inputs, outputs = asked[0], sum(s.input for s in asked), sum(s.output for s in asked)
    lacks = "" if not (inputs or outputs) else "input" if not inputs else "output" if not outputs else ""
    said = (first.provider, first.model, first.reason or "", sum(s.requests for s in asked), inputs + outputs)
    return Unpriced(*said, estimate, first.currency, basis, lacks if any(s.untold for s in asked) else "")


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
                "lacks": u.lacks or None,
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
    counts = f"{plural(data['requests'], 'request')}, {plural(data['tokens'], 'token')}"
    lines = [f"unpriced: {counts}, {about} at stake; not in the sums", *(_line(u) for u in found[:groups])]
    more = found[groups:] if groups else ()
    return [*lines, *([f"  and {len(more):,} more ({_requests(more)})"] if more else [])]


def _line(group: Unpriced) -> str:
    name = " ".join(part for part in (group.provider, group.model) if part)
    lacks = f" of {group.lacks}" if group.lacks and group.reason.endswith("token counts") else ""
    said = ": ".join(part for part in (name, f"{group.reason}{lacks}") if part)
    return f"  {said} ({_requests([group])})"


def _requests(groups: Sequence[Unpriced]) -> str:
    return plural(sum(u.requests for u in groups), "request")
