"""What it cost: any grouping of live costs, with what nobody owns and what no source covers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

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
    charges: int
    rest: tuple[Row, ...] = ()

    @property
    def ai(self) -> Decimal | None:
        """What has a layer, and so is AI; None when there is no total."""
        if self.total is None or self.unclassified is None:
            return None
        return self.total - self.unclassified

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
    records = counted(question.kind, live)
    kept = in_period(question.period) & records
    money = money_of(question.cost, question.kind)
    found = _rows(connection, costs, question, kept & question.where, money)
    asked = tuple(d for d in question.by if d.attributed) or (TEAM,)
    unowned = Condition(" OR ".join(f"{quoted(d.column)} IS NULL" for d in asked))
    currencies = {row.currency for row in found}
    total = _added(found) if len(currencies) < 2 else None
    where = kept & question.where

    def part(sql: str) -> Decimal | None:
        return _sum(connection, costs, money, where & Condition(sql)) if total is not None else None

    rows, rest = _top(found, question)
    compute = ", ".join(literal(name) for name in COMPUTE_LAYERS)
    uncovered, absent = _without_charges(connection, costs, question.period, records)
    return Answer(
        rows=rows,
        total=total,
        currency=next(iter(currencies)) if len(currencies) == 1 else None,
        unattributed=part(unowned.sql),
        unclassified=part("x_Layer IS NULL"),
        compute=part(f"x_Layer IN ({compute})"),
        uncovered_layers=uncovered,
        absent_layers=absent,
        unknown=_count(connection, costs, where & Condition(f"{money} IS NULL")),
        charges=sum(row.charges for row in found),
        rest=rest,
    )


def _rows(
    connection: "duckdb.DuckDBPyConnection", costs: str, question: Question, where: Condition, money: str
) -> list[Row]:
    columns = [quoted(d.column) for d in question.by]
    if question.step:
        day = f"date_trunc('{question.step}', ChargePeriodStart AT TIME ZONE 'UTC')"
        columns.append(f"strftime({day}, '%Y-%m-%d')")
    columns.append(quoted(CURRENCY.column))
    keys = ", ".join(str(i) for i in range(1, len(columns) + 1))
    order = (f"{len(columns) - 1}, " if question.step else "") + f"{len(columns) + 1} DESC NULLS LAST, {keys}"
    sql = statement("outlay.views", "costs").format(
        group="".join(f"{c}, " for c in columns), money=money, costs=costs, where=where.sql, keys=keys, order=order
    )
    # The mark of `unknown` stands before the marks of the filter, but binds no value.
    found = connection.execute(sql, list(where.values)).fetchall()
    names = [*(d.key for d in question.by), *([question.step] if question.step else [])]
    return [_row(names, values) for values in found]


def _row(names: list[str], values: tuple[Any, ...]) -> Row:
    *keys, currency, cost, charges, _ = values
    return Row(dict(zip(names, keys, strict=True)), cost, currency, charges)


def _added(rows: Sequence[Row]) -> Decimal | None:
    """The sum of the known costs of some rows; None where none of them is known."""
    known = [row.cost for row in rows if row.cost is not None]
    return sum(known, Decimal(0)) if known or not rows else None


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


def _sum(connection: "duckdb.DuckDBPyConnection", costs: str, money: str, where: Condition) -> Decimal:
    sql = f"SELECT sum({money}) FROM {costs} WHERE {where.sql}"
    return connection.execute(sql, list(where.values)).fetchall()[0][0] or Decimal(0)


def _count(connection: "duckdb.DuckDBPyConnection", costs: str, where: Condition) -> int:
    sql = f"SELECT count(*) FROM {costs} WHERE {where.sql}"
    return int(connection.execute(sql, list(where.values)).fetchall()[0][0])


def _without_charges(
    connection: "duckdb.DuckDBPyConnection", costs: str, period: Period, records: Condition
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Layers without a charge in the whole ledger, and those without one in the period, whatever the filter."""
    present = _layers(connection, costs, in_period(period) & records)
    elsewhere = present if period == ALL else _layers(connection, costs, records)
    uncovered = tuple(name for name in LAYER_NAMES if name not in elsewhere)
    return uncovered, tuple(name for name in LAYER_NAMES if name in elsewhere and name not in present)


def _layers(connection: "duckdb.DuckDBPyConnection", costs: str, where: Condition) -> set[str | None]:
    sql = f"SELECT DISTINCT x_Layer FROM {costs} WHERE {where.sql}"
    return {row[0] for row in connection.execute(sql, list(where.values)).fetchall()}
