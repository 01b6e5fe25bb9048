"""What it cost: any grouping of live costs, with what nobody owns and what no source covers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Context, Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from outlay.ledger.engine import statement
from outlay.ledger.journal import Entry
from outlay.ledger.query import Condition, in_period
from outlay.model.charge import literal, quoted
from outlay.model.dimensions import BY_NAME, Dimension
from outlay.model.layers import COMPUTE_LAYERS, LAYER_NAMES
from outlay.model.period import ALL, Period
from outlay.views.counted import CostName, KindName, counted, money_of

if TYPE_CHECKING:
    import duckdb

StepName = Literal["", "day", "week", "month"]

# The engine sums with 38 digits, more than Python's 28.
WIDE = Context(prec=60)
TEAM = BY_NAME["team"]
CURRENCY = BY_NAME["currency"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the costs."""

    by: tuple[Dimension, ...] = (BY_NAME["layer"],)
    period: Period = ALL
    step: StepName = ""
    where: Condition = field(default_factory=Condition)
    cost: CostName = "effective"
    kind: KindName = "billed"
    top: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One group: the value of each dimension by its key, and its cost; None if no charge of it has a known one."""

    keys: Mapping[str, str | None]
    cost: Decimal | None
    currency: str
    charges: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows, and what they leave open. `total` is None when currencies cannot be added or no cost is known.

    `uncovered_layers` have no charge at all, `absent_layers` have charges but none in the period. `rest` is what `top`
    left out: one row, or one for each step that has a rest.
    """

    rows: tuple[Row, ...]
    total: Decimal | None
    currency: str | None
    unattributed: Decimal | None
    unclassified: Decimal | None
    compute: Decimal | None
    uncovered_layers: tuple[str, ...]
    absent_layers: tuple[str, ...]
    unknown: int
    unknown_requests: int
    charges: int
    rest: tuple[Row, ...] = ()

    @property
    def ai(self) -> Decimal | None:
        """What has a layer, and so is AI; None when there is no total."""
        if self.total is None or self.unclassified is None:
            return None
        return WIDE.subtract(self.total, self.unclassified)

    def share(self, part: Decimal | None) -> Decimal | None:
        """A part of the total, between 0 and 1, or None when it is not defined."""
        if part is None or not self.total:
            return None
        # Adding 0 takes the sign from -0.0000.
        return (part / self.total).quantize(Decimal("0.0001")) + 0


def ask_costs(
    connection: "duckdb.DuckDBPyConnection", costs: str, question: Question, live: Sequence[Entry] = ()
) -> Answer:
    """Group the relation `costs` as the question says. `live` tells what bills cover, for the kind `best`."""
    records, money = counted(question.kind, live), money_of(question.cost, question.kind)
    where = in_period(question.period) & records & question.where
    found = _rows(connection, costs, question, where, money)
    currencies = {row.currency for row, _ in found}
    parts = _parts([part for _, part in found])
    total = _added([row for row, _ in found]) if len(currencies) < 2 else None
    rows, rest = _top([row for row, _ in found], question)
    uncovered, absent = _without_charges(connection, costs, question.period, records)
    return Answer(
        rows=rows,
        total=total,
        currency=next(iter(currencies)) if len(currencies) == 1 else None,
        unattributed=parts.unattributed if total is not None else None,
        unclassified=parts.unclassified if total is not None else None,
        compute=parts.compute if total is not None else None,
        uncovered_layers=uncovered,
        absent_layers=absent,
        unknown=parts.unknown,
        unknown_requests=parts.unknown_requests,
        charges=sum(row.charges for row, _ in found),
        rest=rest,
    )


class Parts(NamedTuple):
    """What is told of some charges beside their cost: their cost without an owner, without a layer, and of compute.

    What has no known cost is counted: charges, and the requests of metered ones, of which one can be many calls.
    """

    unattributed: Decimal | None
    unclassified: Decimal | None
    compute: Decimal | None
    unknown: int
    unknown_requests: int


def _parts(found: Sequence[Parts]) -> Parts:
    """The parts of several groups together; a part that no group has is 0."""
    unattributed, unclassified, compute = (
        _sum(costs) or Decimal(0)
        for costs in (
            [part.unattributed for part in found],
            [part.unclassified for part in found],
            [part.compute for part in found],
        )
    )
    unknown, requests = sum(part.unknown for part in found), sum(part.unknown_requests for part in found)
    return Parts(unattributed, unclassified, compute, unknown, requests)


def _rows(
    connection: "duckdb.DuckDBPyConnection", costs: str, question: Question, where: Condition, money: str
) -> list[tuple[Row, Parts]]:
    """The groups, each with its parts: one scan tells all of it."""
    asked = tuple(d for d in question.by if d.attributed) or (TEAM,)
    columns = [quoted(d.column) for d in question.by]
    if question.step:
        day = f"date_trunc('{question.step}', ChargePeriodStart AT TIME ZONE 'UTC')"
        columns.append(f"strftime({day}, '%Y-%m-%d')")
    columns.append(quoted(CURRENCY.column))
    keys = ", ".join(str(i) for i in range(1, len(columns) + 1))
    order = (f"{len(columns) - 1}, " if question.step else "") + f"{len(columns) + 1} DESC NULLS LAST, {keys}"
    sql = statement("outlay.views", "costs").format(
        group="".join(f"{c}, " for c in columns),
        unowned=" OR ".join(f"{quoted(d.column)} IS NULL" for d in asked),
        compute=", ".join(literal(name) for name in COMPUTE_LAYERS),
        money=money,
        # A column that no other kind of charge has is not read for them.
        requests="x_RequestCount" if question.kind in ("metered", "best") else "0",
        costs=costs,
        where=where.sql,
        keys=keys,
        order=order,
    )
    found = connection.execute(sql, list(where.values)).fetchall()
    names = [*(d.key for d in question.by), *([question.step] if question.step else [])]
    return [_row(names, values) for values in found]


def _row(names: list[str], values: tuple[Any, ...]) -> tuple[Row, Parts]:
    *keys, currency, cost, charges, unattributed, unclassified, compute, unknown, requests = values
    row = Row(dict(zip(names, keys, strict=True)), cost, currency, charges)
    return row, Parts(unattributed, unclassified, compute, unknown, requests)


def _added(rows: Sequence[Row]) -> Decimal | None:
    """The sum of the known costs of some rows; None where none of them is known."""
    known = [row.cost for row in rows if row.cost is not None]
    return _sum(known) if known or not rows else None


def _sum(costs: Iterable[Decimal | None]) -> Decimal:
    """The sum of the known ones of some costs, to the last digit."""
    return reduce(WIDE.add, (cost for cost in costs if cost is not None), Decimal(0))


def _top(rows: list[Row], question: Question) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows of the largest groups of the whole period, and the sum of the others in each step."""
    if not question.top or len({r.currency for r in rows}) > 1:
        return tuple(rows), ()
    groups: dict[tuple[str | None, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(_group(row, question.step), []).append(row)
    largest = set(sorted(groups, key=lambda group: _rank(groups[group]))[: question.top])
    left: dict[str | None, list[Row]] = {}
    for row in rows:
        if _group(row, question.step) not in largest:
            left.setdefault(row.keys.get(question.step), []).append(row)
    shown = tuple(row for row in rows if _group(row, question.step) in largest)
    return shown, tuple(_rest(question.step, step, others) for step, others in left.items())


def _group(row: Row, step: StepName) -> tuple[str | None, ...]:
    return tuple(value for name, value in row.keys.items() if name != step)


def _rank(rows: Sequence[Row]) -> tuple[bool, Decimal]:
    """The place of a group: the largest cost first, an unknown one last."""
    cost = _added(rows)
    return cost is None, -(cost or Decimal(0))


def _rest(name: StepName, step: str | None, rows: Sequence[Row]) -> Row:
    return Row({name: step} if name else {}, _added(rows), rows[0].currency, sum(r.charges for r in rows))


def _without_charges(
    connection: "duckdb.DuckDBPyConnection", costs: str, period: Period, records: Condition
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Layers without a charge in the whole ledger, and those without one in the period, whatever the filter."""
    within = in_period(period)
    sql = f"SELECT x_Layer, bool_or({within.sql}) FROM {costs} WHERE {records.sql} GROUP BY x_Layer"
    in_it = dict(connection.execute(sql, [*within.values, *records.values]).fetchall())
    uncovered = tuple(name for name in LAYER_NAMES if name not in in_it)
    return uncovered, tuple(name for name in LAYER_NAMES if in_it.get(name) is False)
