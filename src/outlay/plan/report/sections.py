"""The tables of a report: what each of them holds, as people read it."""

from collections.abc import Sequence
from decimal import Decimal

from outlay.charts.look import compact
from outlay.plan.breakeven.curves import Crossing
from outlay.plan.by_month import layers_by_month
from outlay.plan.charts import fan, tornado
from outlay.plan.charts.pictures import broken_even
from outlay.plan.quantities.path import Array
from outlay.plan.report.table import Table
from outlay.plan.report.words import digits_of, money, share
from outlay.plan.stack import Spread, Stack
from outlay.plan.stack import money as as_money

SPREAD = ("best", "expected", "stress", "P50", "P80", "P90")


def spread_cells(spread: Spread, digits: int) -> list[str]:
    """A spread as people read it."""
    return [money(getattr(spread, name.lower()), digits) for name in SPREAD]


def stack_table(stack: Stack) -> Table:
    """Each layer in the scenarios and percentiles, and its share."""
    digits, total = digits_of(stack), stack.total
    rows = [[n, *spread_cells(s, digits), share(s.expected, total.expected)] for n, s in stack.layers.items()]
    note = "Percentiles of layers do not add up to that of the total: not everything is dear at once."
    foot = ["total", *spread_cells(total, digits), "100.0%" if total.expected else "-"]
    return Table("layers", "Layers", ("layer", *SPREAD, "share"), rows, frozenset(range(1, 8)), foot, note)


def years_table(stack: Stack) -> Table:
    """The expected cost of each layer by calendar year."""
    months, digits, costs = list(stack.months), digits_of(stack), layers_by_month(stack)
    years = list(dict.fromkeys(month[:4] for month in months))
    sums = {layer: [_summed(months, values, year) for year in years] for layer, values in costs.items()}
    rows = [
        [layer, *(money(v, digits) for v in found), money(sum(found, Decimal(0)), digits)]
        for layer, found in sums.items()
    ]
    by_year = [sum((found[i] for found in sums.values()), Decimal(0)) for i in range(len(years))]
    foot = ["total", *(money(v, digits) for v in by_year), money(stack.total.expected, digits)]
    columns = ("layer", *years, "all")
    return Table("years", "The picture by year, expected", columns, rows, frozenset(range(1, len(columns))), foot)


def _summed(months: Sequence[str], values: Array, year: str) -> Decimal:
    return sum((as_money(v) for month, v in zip(months, values, strict=True) if month[:4] == year), Decimal(0))


def months_table(stack: Stack) -> Table:
    """Each month in the scenarios and percentiles."""
    digits = digits_of(stack)
    rows = [[month, *spread_cells(spread, digits)] for month, spread in stack.months.items()]
    columns = ("month", *SPREAD)
    foot = ["total", *spread_cells(stack.total, digits)]
    return Table("months", "Months", columns, rows, frozenset(range(1, 7)), foot)


def fan_table(stack: Stack) -> Table:
    """The bands of the months and of their sums."""
    each, summed = fan.bands(stack)
    digits = digits_of(stack)
    columns = ("month", "P10", "median", "P90", "summed P10", "summed median", "summed P90")
    series = (each.low, each.middle, each.high, summed.low, summed.middle, summed.high)
    rows = [
        [month, *(money(as_money(values[index]), digits) for values in series)]
        for index, month in enumerate(stack.months)
    ]
    return Table("bands", "The picture in figures", columns, rows, frozenset(range(1, 7)))


def gap_table(stack: Stack) -> Table:
    """What a first estimate holds beside what production asks for."""
    digits = digits_of(stack)
    rows = [
        [g.component, money(g.initial, digits), money(g.production, digits), ", ".join(g.beside)] for g in stack.gaps
    ]
    initial, whole = (sum((getattr(g, n) for g in stack.gaps), Decimal(0)) for n in ("initial", "production"))
    columns = ("component", "initial estimate captures", "production requires", "beside it")
    foot = ["total", money(initial, digits), money(whole, digits), ""]
    return Table("gap", "What a first estimate leaves out, expected", columns, rows, frozenset((1, 2)), foot)


def swings_table(stack: Stack) -> Table:
    """What each range alone does to the total."""
    digits = digits_of(stack)
    rows = []
    for swing in tornado.shown(stack):
        ends = [money(as_money(value), digits) for value in (swing.low, swing.high, swing.width)]
        rows.append([swing.variable.name, swing.variable.quantity.text, *ends, swing.variable.owner])
    left = len([s for s in stack.swings if s.width > 0]) - len(rows)
    note = f"{left} more ranges move the total less." if left else ""
    columns = ("range", "as written", "total at its P10", "total at its P90", "apart", "owner")
    return Table("swings", "The picture in figures", columns, rows, frozenset((2, 3, 4)), note=note)


def lines_table(stack: Stack) -> Table:
    """Every line in the three scenarios, with what it is computed from."""
    digits = digits_of(stack)
    rows = [
        [
            f"{line.layer}: {line.entry}",
            line.part,
            *(money(v, digits) for v in line.costs),
            line.stage,
            line.owner,
            line.why,
        ]
        for line in stack.lines
    ]
    columns = ("entry", "part", *SPREAD[:3], "stage", "owner", "from")
    return Table("lines", "Lines", columns, rows, frozenset((2, 3, 4)))


def zeros_table(stack: Stack) -> Table:
    """The layers that cost nothing, and why."""
    return Table("zeros", "Layers that cost nothing", ("layer", "reason"), list(stack.plan.zeros.items()))


def scenarios_table(stack: Stack) -> Table:
    """Where the three scenarios stand among the draws."""
    digits = digits_of(stack)
    costs = (stack.total.best, stack.total.expected, stack.total.stress)
    rows = [
        [name, money(cost, digits), f"{100 * stack.percentile(index):.0f}%"]
        for index, (name, cost) in enumerate(zip(SPREAD, costs, strict=False))
    ]
    knobs = ", ".join(stack.scenarios.knobs)
    moved = (
        f"Best and stress move {knobs}; all else stays in the middle." if knobs else "No range is moved by a scenario."
    )
    columns = ("scenario", "total", "share of draws at or below")
    return Table("scenarios", "Scenarios among the draws", columns, rows, frozenset((1, 2)), note=moved)


def crossings_table(stack: Stack) -> Table:
    """Where self-hosting begins or ceases to cost less than calling; no rows if the plan serves no model."""
    columns = (
        "against",
        "tokens a month",
        "above it, self-hosting costs",
        "less in",
        "first from",
        "to",
        "in the plan",
    )
    found = broken_even(stack)
    rows = [_crossing(one) for one in found.crossings] if found else []
    note = f"{found.serving}: {found.told}." + (f" It {found.assumed}." if found.assumed else "") if found else ""
    return Table("crossings", "The picture in figures", columns, rows, frozenset((1, 3, 4, 5)), note=note)


def _crossing(one: Crossing) -> list[str]:
    at, low, high = ("-" if value is None else compact(value) for value in (one.tokens_per_month, one.low, one.high))
    then = "never less" if one.tokens_per_month is None else "less" if one.cheaper_above else "more again"
    return [one.against, at, then, f"{one.probability:.0%} of draws", low, high, one.month or "not reached"]
