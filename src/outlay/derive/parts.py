"""Exact parts: a row replaced by several whose sums are its own to the last digit, whatever the weights and the sign.

With u = cost in units of 1e-12 and cumulative integer weights, part i is u*cum_i // W - u*cum_(i-1) // W. Example:
1.00 over 1:1:1 gives 0.333333333333, 0.333333333333, 0.333333333334.
"""

from collections.abc import Sequence

from outlay.model.charge import focus_columns, quoted

# Weights sum to at most 1e15, so that products of two remainders fit HUGEINT (1.7e38) with room to spare.
LARGEST_WEIGHT = 10**15
PARTS = (*(c.name for c in focus_columns() if c.kind in ("money", "quantity")), "x_MeteredCost", "x_PlannedCost")


def running(sums: str, keys: Sequence[str], values: Sequence[str]) -> str:
    """The weights `w` of the relation `sums` with those before them, per group of `keys`, in the order of `values`.

    Weights whose sum is too large for exact products are scaled down together; those that are not above 0 are left out.
    """
    group, order = ", ".join(keys), ", ".join(values)
    named = ", ".join(f"s.{c}" for c in (*keys, *values))
    return (
        f"WITH whole AS (SELECT {group}, sum(w) AS total FROM {sums} GROUP BY ALL), "
        f"scaled AS (SELECT {named}, CASE WHEN total > {LARGEST_WEIGHT} "
        f"THEN CAST(w // (total // {LARGEST_WEIGHT} + 1) AS HUGEINT) ELSE CAST(w AS HUGEINT) END AS w "
        f"FROM {sums} AS s JOIN whole USING ({group})) "
        f"SELECT {group}, {order}, w, sum(w) OVER up AS upto, sum(w) OVER up - w AS before, "
        f"sum(w) OVER (PARTITION BY {group}) AS whole "
        f"FROM scaled WHERE w > 0 WINDOW up AS (PARTITION BY {group} ORDER BY {order})"
    )


def part(name: str) -> str:
    """The exact share of one column of the row `c` by the weights `w`: all of it where the row is not split.

    u*cum // W is computed as (u // W)*cum + (u % W)*cum // W, whose products cannot overflow; and u as the units of
    the whole part and of the fraction, as quantities (bytes, tokens) may be too large to be multiplied by 1e12.
    """
    column = f"c.{quoted(name)}"
    whole = f"trunc({column})"
    units = f"(CAST({whole} AS HUGEINT) * 1000000000000 + CAST(({column} - {whole}) * 1000000000000 AS HUGEINT))"
    each, left = f"({units} // w.whole)", f"({units} % w.whole)"
    share = f"({each} * w.w + {left} * w.upto // w.whole - {left} * w.before // w.whole)"
    return (
        f"CASE WHEN w.whole IS NULL THEN {column} "
        f"ELSE CAST(CAST({share} AS DECIMAL(38,0)) * 0.000000000001 AS DECIMAL(38,12)) END"
    )
