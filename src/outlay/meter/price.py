"""Price events: one vectorised join of calls and rates.

cost = sum over the leaf quantities of quantity x price. Both are whole numbers, prices in units of 10^-12 of the
currency (10^-15 if a price has more decimals), so that the sum is exact; it is rounded to 12 decimals once. Example:
10,000 tokens at 2.50 per million are 10,000 x 2,500,000 = 25,000,000,000 units, or 0.025. A quantity that is not known,
or that nobody has a price for, makes the cost unknown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from outlay.meter.rates import EVERY_DAY, UNITS, Rate, Seen, rates
from outlay.model.charge import MONEY_SCALE, coded, literal, quoted
from outlay.model.event import CACHED, COUNTS, IN_INPUT, IN_OUTPUT, MOST, failed_sql
from outlay.prices.book import Book

if TYPE_CHECKING:
    import duckdb

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FINE_SCALE = 15
LARGEST = 9 * 10**18
EVERYWHERE = "''"


@dataclass(frozen=True, slots=True)
class Laid:
    """Rates laid out as the table `name`: prices as whole numbers of 10^-`scale`, multiplied as `integer`.

    `region` is SQL for the region of a call that the rates tell apart, `reasons` the type of the reasons why a cost is
    not known, `lacking` the bits of the leaves that some rate with prices has no price for.
    """

    name: str
    region: str
    scale: int
    integer: str
    reasons: str
    lacking: int
    hourly: bool
    weekly: bool


@dataclass(frozen=True, slots=True)
class Priced:
    """Events with their costs as a relation, and the rates that they met."""

    relation: str
    rates: tuple[Rate, ...]


def priced(
    connection: "duckdb.DuckDBPyConnection", events: str, book: Book, columns: Iterable[str], name: str = "rates"
) -> Priced:
    """The relation `events` with whole inputs, costs, and the reasons of those that are not known.

    `columns` are those of a call that the events have; the others are empty. The rates are kept as the table `name`.
    """
    there = tuple(columns)
    counts = frozenset(there) & frozenset(COUNTS)
    region = _region(there, book)
    seen = _seen(connection, events, region)
    found = rates(book, seen)
    laid = _lay(connection, found, _largest(connection, events, counts), name, region)
    return Priced(_joined(events, there, counts, laid), tuple(found))


def _region(columns: Sequence[str], book: Book) -> str:
    """SQL for the region of a call, where there is a price that depends on it."""
    regions = ", ".join(map(literal, sorted(book.regions)))
    if "region" not in columns or not regions:
        return EVERYWHERE
    return f"CASE WHEN lower(region) IN ({regions}) THEN lower(region) ELSE '' END"


def _seen(connection: "duckdb.DuckDBPyConnection", events: str, region: str) -> list[Seen]:
    """The names with which calls were made."""
    rows = connection.execute(
        f"SELECT coalesce(provider, ''), coalesce(model, ''), coalesce(tier, ''), {region}, "
        f"epoch_us(min(time)), epoch_us(max(time)) FROM {events} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
    ).fetchall()
    return [Seen(r[0], r[1], r[2], _moment(r[4]), _moment(r[5]), r[3]) for r in rows]


def _largest(connection: "duckdb.DuckDBPyConnection", events: str, counts: frozenset[str]) -> int:
    """The largest number of tokens of a call; asked on its own, it is often in the statistics of a Parquet file."""
    most = ", ".join(["0", *(f"max({quoted(c)})" for c in sorted(counts))])
    found: tuple[int | None, ...] = connection.execute(f"SELECT {most} FROM {events}").fetchall()[0]
    return max(n for n in found if n is not None)


def _moment(micros: int) -> datetime:
    return EPOCH + timedelta(microseconds=micros)


def _lay(connection: "duckdb.DuckDBPyConnection", found: Sequence[Rate], largest: int, name: str, region: str) -> Laid:
    """Write the rates as a table, with the coarsest scale and the smallest integer that keep every cost exact."""
    prices = [p for rate in found for leaf in UNITS if (p := rate.each(leaf))]
    fine = any(-int(p.normalize().as_tuple().exponent) > MONEY_SCALE for p in prices)
    scale = FINE_SCALE if fine else MONEY_SCALE
    fits = 2 * largest * max((p.scaleb(scale) for p in prices), default=0) * len(UNITS) < LARGEST
    hourly = any(r.second or r.until_second < 86_400 for r in found)
    weekly = any(r.weekdays != EVERY_DAY for r in found)
    reasons = coded((*REASONS, *(r.reason for r in found)))
    columns = ", ".join(f"p_{leaf} BIGINT" for leaf in UNITS)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} (said_provider VARCHAR, said_model VARCHAR, said_tier VARCHAR, "
        "said_region VARCHAR, "
        "start TIMESTAMPTZ, until TIMESTAMPTZ, second INT, until_second INT, weekdays INT, above BIGINT, upto BIGINT, "
        f"provider_id {coded(r.provider for r in found)}, model_id {coded(r.model for r in found)}, "
        f"rate_id {coded(r.id for r in found)}, currency {coded(_currency(r) for r in found)}, "
        f"reason {reasons}, lacks INT, {columns})"
    )
    if found:
        connection.execute(f"INSERT INTO {name} VALUES {', '.join(_row(rate, scale) for rate in found)}")
    lacking = reduce(or_, (_lacks(r) for r in found if r.prices), 0)
    return Laid(name, region, scale, "BIGINT" if fits else "HUGEINT", reasons, lacking, hourly, weekly)


def _currency(rate: Rate) -> str | None:
    return next((p.currency for p in rate.prices.values()), None)


def _row(rate: Rate, scale: int) -> str:
    each = {leaf: rate.each(leaf) for leaf in UNITS}
    numbers = (rate.second, rate.until_second, rate.weekdays, rate.above, LARGEST if rate.upto is None else rate.upto)
    texts = (rate.provider, rate.model, rate.id, _currency(rate), rate.reason)
    times = (f"TIMESTAMPTZ {literal(moment.isoformat())}" for moment in (rate.start, rate.end))
    prices = (int((p or Decimal(0)).scaleb(scale).to_integral_value(ROUND_HALF_EVEN)) for p in each.values())
    said = (rate.seen.provider, rate.seen.model, rate.seen.tier, rate.seen.region)
    cells = [
        *map(literal, said),
        *times,
        *map(str, numbers),
        *map(literal, texts),
        str(_lacks(rate)),
        *map(str, prices),
    ]
    return f"({', '.join(cells)})"


def _lacks(rate: Rate) -> int:
    """The leaves that a rate has no price for, as bits. Not every model asks a price for a call."""
    return sum(_bit(leaf) for leaf in UNITS if leaf != "requests" and rate.each(leaf) is None)


def _joined(events: str, there: Sequence[str], counts: frozenset[str], laid: Laid) -> str:
    """Each event with its rate and its cost."""
    match = [
        *(f"coalesce(e.{said}, '') = r.said_{said}" for said in ("provider", "model", "tier")),
        "e.time >= r.start AND e.time < r.until",
        "e._context > r.above AND e._context <= r.upto",
    ]
    if laid.region != EVERYWHERE:
        match.append(f"{laid.region} = r.said_region")
    if laid.hourly:
        second = "(epoch_us(e.time) // 1000000) % 86400"
        match.append(f"{second} >= r.second AND {second} < r.until_second")
    if laid.weekly:
        match.append("r.weekdays & (1 << CAST(isodow(e.time) AS INT)) <> 0")
    unknown = f"(e.input IS NULL OR (e.output IS NULL AND r.lacks & {_bit('output')} = 0))"
    without = " OR ".join(("r.reason IS NOT NULL", unknown, *_lacking(counts, laid)))
    known = f"CASE WHEN {without} THEN NULL ELSE {_sum(counts, laid.integer)} END"
    joined = (
        f"SELECT {', '.join(f'e.{quoted(c)}' for c in there)}, r.provider_id, r.model_id, r.rate_id, r.currency, "
        f"r.reason, {unknown} AS _unknown, {_decimal(known, laid)} AS list_cost "
        f"FROM {_whole(events, there, counts)} AS e JOIN {laid.name} AS r ON {' AND '.join(match)}"
    )
    failed = failed_sql("status") if "status" in there else "false"
    cost, replaced = "list_cost", ""
    if {"stated_cost", "stated_by"} <= {*there}:
        cost = f"CASE WHEN {STATED} THEN stated_cost ELSE list_cost END"
        replaced = f" REPLACE (CASE WHEN {STATED} THEN '{STATED_IN}' ELSE currency END AS currency)"
    added = f"{cost} AS cost, {_reason(cost, failed, laid)}"
    return f"(SELECT * EXCLUDE (_unknown, reason){replaced}, {added} FROM ({joined}))"


# Who bills a call knows what it costs, and says it in dollars; an estimate of another program is kept beside ours and
# never in its place.
STATED, STATED_IN = "(stated_by = 'provider' AND stated_cost IS NOT NULL)", "USD"
REASONS = ("failed without token counts", "no token counts", "no price of a token class")


def _reason(cost: str, failed: str, laid: Laid) -> str:
    """Why a cost is not known, as the column `unpriced`."""
    of_call, untold, of_class = (f"CAST({literal(text)} AS {laid.reasons})" for text in REASONS)
    return (
        f"CASE WHEN {cost} IS NOT NULL THEN NULL WHEN reason IS NOT NULL THEN reason "
        f"WHEN _unknown AND {failed} THEN {of_call} WHEN _unknown THEN {untold} ELSE {of_class} END AS unpriced"
    )


def _whole(events: str, there: Sequence[str], counts: frozenset[str]) -> str:
    """The events without counts that cannot be, with `input` whole, and `_uncached` and `_context` beside it."""
    positive = ", ".join(f"CASE WHEN {c} BETWEEN 0 AND {MOST} THEN {c} END AS {c}" for c in sorted(counts))
    said = f"(SELECT * REPLACE ({positive}) FROM {events})" if positive else events
    cached = _added(c for c in CACHED if c in counts)
    left_out = f"uncached + {cached} + {_added(c for c in IN_INPUT if c in counts)}"
    whole = (
        f"CASE WHEN input IS NULL THEN {left_out if 'uncached' in counts else 'NULL'} "
        f"WHEN input < {cached} THEN input + {cached} ELSE input END"
    )
    said = f"(SELECT * REPLACE (CAST({whole} AS BIGINT) AS input) FROM {said})"
    uncached = f"greatest(input - ({_added(c for c in (*CACHED, *IN_INPUT) if c in counts)}), 0)"
    each = "input // greatest(requests, 1)" if "requests" in there else "input"
    context = f"coalesce({'context, ' if 'context' in there else ''}{each}, 0)"
    return f"(SELECT *, {uncached} AS _uncached, {context} AS _context FROM {said})"


def _added(names: Iterable[str]) -> str:
    return " + ".join(f"coalesce({name}, 0)" for name in names) or "0"


def _leaves(counts: frozenset[str]) -> dict[str, str]:
    """The leaf quantities that events have: what prices each, and its SQL."""
    inside, output = _added(f"e.{c}" for c in IN_OUTPUT if c in counts), "coalesce(e.output, 0)"
    # A source that leaves its parts out of the output is known by an output below their sum.
    plain = output if inside == "0" else f"({output} - CASE WHEN {output} < {inside} THEN 0 ELSE {inside} END)"
    others = {c: f"coalesce(e.{c}, 0)" for c in UNITS if c in counts and c not in ("uncached", "output")}
    return {"uncached": "e._uncached", "output": plain, **others}


def _sum(counts: frozenset[str], integer: str) -> str:
    """The cost of an event in whole numbers: each leaf quantity at its price, and the call itself."""
    leaves = {**_leaves(counts), "requests": "coalesce(e.requests, 1)"}
    return " + ".join(f"CAST({quantity} AS {integer}) * r.p_{leaf}" for leaf, quantity in leaves.items())


def _lacking(counts: frozenset[str], laid: Laid) -> list[str]:
    """The tests for an event that has some of a leaf quantity for which its rate has no price."""
    leaves = {leaf: sql for leaf, sql in _leaves(counts).items() if laid.lacking & _bit(leaf)}
    return [f"(r.lacks & {_bit(leaf)} <> 0 AND {sql} > 0)" for leaf, sql in leaves.items()]


def _bit(leaf: str) -> int:
    return 1 << list(UNITS).index(leaf)


def _decimal(units: str, laid: Laid) -> str:
    """Whole numbers of the scale as money."""
    width = 19 if laid.integer == "BIGINT" else 38
    one = f"CAST({Decimal(1).scaleb(-laid.scale):f} AS DECIMAL({laid.scale + 1},{laid.scale}))"
    return f"CAST(CAST({units} AS DECIMAL({width},0)) * {one} AS DECIMAL(38,12))"
