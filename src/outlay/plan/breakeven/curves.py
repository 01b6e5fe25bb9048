"""What a break-even is: curves of cost by volume, and where they cross."""

from dataclasses import dataclass

from outlay.plan.quantities.path import Array


@dataclass(frozen=True, slots=True)
class Curve:
    """The cost a month of a way to serve, by tokens a month; shapes (volumes), with the 10th and 90th percentile."""

    name: str
    tokens: Array
    cost: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where self-hosting begins or ceases to cost less than an alternative.

    `probability` is the share of draws in which it costs less at that volume. Without a crossing `tokens_per_month` is
    None and the probability that of any crossing below the largest volume. `low` and `high` are the 10th and the 90th
    percentile of the first crossing over the draws that have one. `month` is the first in which the plan has so many.
    """

    against: str
    tokens_per_month: float | None
    cheaper_above: bool
    probability: float
    low: float | None = None
    high: float | None = None
    month: str | None = None
    month_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Breakeven:
    """The curves, self-hosting first, and the crossings with each alternative."""

    serving: str
    told: str
    curves: tuple[Curve, ...]
    crossings: tuple[Crossing, ...]
    labour: bool
    spares: bool
    assumed: str
