"""What the ledger measures of the assumptions of a plan, day by day: requests, tokens, shares, costs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outlay.ledger.query import Condition, in_period
from outlay.model.period import Period

if TYPE_CHECKING:
    import duckdb

# What a rollup of calls adds up, beside the columns of a charge.
BESIDE = ("input", "output", "cache_read", "failed")
# Each is a sum over a sum, or a sum a month where there is none below.
CALLS: dict[str, tuple[str, str | None]] = {
    "requests": ("x_RequestCount", None),
    "tokens": ("coalesce(input, 0) + coalesce(output, 0)", None),
    "input_tokens": ("input", "x_RequestCount"),
    "output_tokens": ("output", "x_RequestCount"),
    "cached_share": ("cache_read", "input"),
    "failed_share": ("CASE WHEN failed THEN x_RequestCount ELSE 0 END", "x_RequestCount"),
}
COSTS: dict[str, tuple[str, str | None]] = {"cost": ("EffectiveCost", None)}
METRICS = (*CALLS, *COSTS)


def is_total(metric: str) -> bool:
    """Whether a metric is a sum a month, no share."""
    return {**CALLS, **COSTS}[metric][1] is None


@dataclass(frozen=True, slots=True)
class Day:
    """The two sums of a day; `below` is 1 where the metric is no share."""

    day: str
    above: float
    below: float


def measured_days(
    connection: "duckdb.DuckDBPyConnection", relation: str, metric: str, where: Condition, period: Period
) -> Sequence[Day]:
    """The sums of a metric on each day of a period on which there is anything, in their order."""
    above, below = {**CALLS, **COSTS}[metric]
    kept = in_period(period) & where
    known = f"coalesce(sum({below}), 0)" if below else "1"
    rows = connection.execute(
        f"SELECT strftime(ChargePeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        f"CAST(coalesce(sum({above}), 0) AS DOUBLE), CAST({known} AS DOUBLE) "
        f"FROM {relation} WHERE {kept.sql} GROUP BY 1 ORDER BY 1",
        list(kept.values),
    ).fetchall()
    return [Day(*row) for row in rows]
