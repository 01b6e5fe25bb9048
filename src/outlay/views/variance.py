"""A plan against what came: by layer, the difference in money, as shares of both, and its share of the whole miss.

Two bases are in use: of the plan (an overrun of 380 to 615 is 61.8% of 380) and of the actual (38.2% of 615). Both are
given by name. 30% under the actual is 42.9% over the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from outlay.ledger.journal import Entry
from outlay.ledger.query import Condition
from outlay.model.dimensions import Dimension
from outlay.model.layers import LAYER_NAMES
from outlay.model.period import Period
from outlay.model.problem import InputError
from outlay.views.costs import WIDE, Question, Row, ask_costs
from outlay.views.counted import CostName, KindName

if TYPE_CHECKING:
    import duckdb

POINT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Compared:
    """What was planned and what came, of one group. A share is None where its base is 0."""

    key: str | None
    planned: Decimal
    actual: Decimal
    of_miss: Decimal | None = None

    @property
    def difference(self) -> Decimal:
        """Actual less planned."""
        return WIDE.subtract(self.actual, self.planned)

    @property
    def of_plan(self) -> Decimal | None:
        """The difference as a share of the plan."""
        return share(self.difference, self.planned)

    @property
    def of_actual(self) -> Decimal | None:
        """The difference as a share of the actual."""
        return share(self.difference, self.actual)


@dataclass(frozen=True, slots=True)
class Variance:
    """The groups, the largest difference first, and all of them together."""

    rows: tuple[Compared, ...]
    total: Compared
    currency: str | None
    forgotten: tuple[str, ...]
    unclassified: Decimal = Decimal(0)


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part of a whole, with four digits; None where there is no whole."""
    return (part / whole).quantize(POINT) + 0 if whole else None


def ask_variance(
    connection: "duckdb.DuckDBPyConnection",
    costs: str,
    account: str,
    period: Period,
    by: Dimension,
    where: Condition,
    live: Sequence[Entry] = (),
    kind: KindName = "billed",
    cost: CostName = "effective",
) -> Variance:
    """Compare the plan that is booked to `account` with what came in a period. Only AI is compared.

    What came without a layer is told beside it. Raises `InputError` for two currencies.
    """
    of_plan = where & Condition("BillingAccountId = ?", (account,))
    of_ai = where & Condition("x_Layer IS NOT NULL") & Condition("x_RecordKind <> 'planned'")
    known = where & Condition("x_RecordKind <> 'planned'")
    told = ask_costs(connection, costs, Question((by,), period, where=of_plan, kind="planned"))
    came = ask_costs(connection, costs, Question((by,), period, where=of_ai, kind=kind, cost=cost), live)
    every = ask_costs(connection, costs, Question((by,), period, where=known, kind=kind, cost=cost), live)
    if told.currency and came.currency and told.currency != came.currency:
        hint = "name dated rates as `rates:` in outlay.yaml, or plan in the currency of the bills"
        message = f"the plan is in {told.currency}, what came in {came.currency}"
        raise InputError("E-PLAN-090", message, hint)
    rows = _compared(_by_key(told.rows, by), _by_key(came.rows, by))
    currencies = {a.currency for a in (told, came) if a.rows}
    total = Compared(None, sum((r.planned for r in rows), Decimal(0)), sum((r.actual for r in rows), Decimal(0)))
    forgotten = tuple(r.key for r in rows if r.key and r.key in LAYER_NAMES and not r.planned and r.actual)
    return Variance(
        rows,
        total,
        next(iter(currencies)) if len(currencies) == 1 else None,
        forgotten,
        every.unclassified or Decimal(0),
    )


def _by_key(rows: Sequence[Row], by: Dimension) -> dict[str | None, Decimal]:
    return {row.keys[by.key]: row.cost or Decimal(0) for row in rows}


def _compared(planned: Mapping[str | None, Decimal], actual: Mapping[str | None, Decimal]) -> tuple[Compared, ...]:
    """Every group that was planned or came, with its share of the whole difference."""
    zero = Decimal(0)
    found = [Compared(k, planned.get(k, zero), actual.get(k, zero)) for k in {**planned, **actual}]
    miss = sum((one.difference for one in found), zero)
    told = [Compared(one.key, one.planned, one.actual, share(one.difference, miss)) for one in found]
    return tuple(sorted(told, key=lambda one: (-abs(one.difference), one.key or "")))
