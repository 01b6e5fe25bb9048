"""What a range says: the value at every quantile.

`4k..9k..20k` is the 10th percentile, the most likely value and the 90th percentile. The middle is the mode and the
median at once, on a scale on which the value cannot leave its bounds: logarithms for what is above 0, log odds for
shares between 0 and 1, the plain scale for what may be negative. With s = (90th - middle) / 1.2816 above the middle and
(middle - 10th) / 1.2816 below it, the value at the standard score z is middle + s z.

`100..400` has no middle: it is the lognormal with mu = (ln 100 + ln 400) / 2 = 5.298317 and
sigma = ln(400 / 100) / 2.5631031 = 0.540866, so the mean is 231.501 and the 95th percentile 486.853.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from outlay.plan.quantities.path import Array
from outlay.plan.special import beta_quantiles, normal_shares

# The standard score of the 90th percentile.
Z90 = 1.2815515655446004
Scale = Literal["plain", "log", "odds"]


class Draws(Protocol):
    """So many draws of a range: where in it each one falls, as a standard score or as the share of values below."""

    @property
    def scores(self) -> Array:
        """Standard scores: 0 is the median, -1.28 the 10th percentile."""

    @property
    def shares(self) -> Array:
        """Shares between 0 and 1: 0.5 is the median, 0.1 the 10th percentile."""

    def by_share(self, quantiles: Callable[[Array], Array]) -> Array:
        """The values of quantiles, a function of rising shares, by draw."""

    def part(self, here: slice) -> "Draws":
        """Some of the draws."""


@dataclass(frozen=True)
class Scored:
    """Draws that are told by their standard scores."""

    scores: Array

    def part(self, here: slice) -> "Scored":
        """Some of the draws."""
        return Scored(self.scores[here])

    @property
    def shares(self) -> Array:
        """The share of the normal distribution below each score."""
        return normal_shares(self.scores)

    def by_share(self, quantiles: Callable[[Array], Array]) -> Array:
        """The values of quantiles by draw."""
        order = np.argsort(self.scores)
        found = np.empty(len(order))
        found[order] = quantiles(self.shares[order])
        return found


class Distribution(Protocol):
    """What a range says."""

    def at(self, draws: Draws) -> Array:
        """The value of each draw."""

    @property
    def ends(self) -> tuple[float, float, float]:
        """The 10th percentile, the middle and the 90th percentile, as far as people told them."""


ENDS = Scored(np.array([-Z90, Z90]))


@dataclass(frozen=True, slots=True)
class Range:
    """10th percentile, most likely value, 90th percentile."""

    low: float
    middle: float
    high: float
    scale: Scale
    floor: float = -np.inf
    ceiling: float = np.inf

    @property
    def ends(self) -> tuple[float, float, float]:
        """The three values."""
        return self.low, self.middle, self.high

    def at(self, draws: Draws) -> Array:
        """The value of each draw."""
        into, back = _SCALES[self.scale]
        low, middle, high = into(np.array(self.ends))
        below, above = (middle - low) / Z90, (high - middle) / Z90
        z = draws.scores
        slope: Array | float = above if math.isclose(below, above, rel_tol=1e-12) else np.where(z < 0, below, above)
        found: Array = back(middle + slope * z)
        bounded = self.scale == "plain" and (np.isfinite(self.floor) or np.isfinite(self.ceiling))
        return np.clip(found, self.floor, self.ceiling) if bounded else found


def _odds(shares: Array) -> Array:
    """The logarithm of the odds."""
    return np.log(shares / (1 - shares))


def _share(odds: Array) -> Array:
    return 1 / (1 + np.exp(-odds))


def _same(values: Array) -> Array:
    return values


_SCALES: dict[Scale, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "plain": (_same, _same),
    "log": (np.log, np.exp),
    "odds": (_odds, _share),
}


@dataclass(frozen=True, slots=True)
class Pert:
    """A beta distribution between two bounds: pert(80, 100, 200) has alpha 5/3, beta 13/3 and the mean 113.33."""

    lowest: float
    mode: float
    highest: float

    @property
    def shape(self) -> tuple[float, float]:
        """Alpha and beta."""
        width = self.highest - self.lowest
        return 1 + 4 * (self.mode - self.lowest) / width, 1 + 4 * (self.highest - self.mode) / width

    @property
    def mean(self) -> float:
        """(lowest + 4 mode + highest) / 6."""
        return (self.lowest + 4 * self.mode + self.highest) / 6

    @property
    def ends(self) -> tuple[float, float, float]:
        """10th percentile, mode, 90th percentile."""
        low, high = self.at(ENDS)
        return float(low), self.mode, float(high)

    def at(self, draws: Draws) -> Array:
        """The value of each draw."""
        found: Array = self.lowest + (self.highest - self.lowest) * beta_quantiles(*self.shape, draws.shares)
        return found


@dataclass(frozen=True, slots=True)
class Triangular:
    """Between two bounds, most likely at the mode."""

    lowest: float
    mode: float
    highest: float

    @property
    def ends(self) -> tuple[float, float, float]:
        """10th percentile, mode, 90th percentile."""
        low, high = self.at(ENDS)
        return float(low), self.mode, float(high)

    def at(self, draws: Draws) -> Array:
        """The value of each draw."""
        return draws.by_share(self._quantiles)

    def _quantiles(self, shares: Array) -> Array:
        """The values at rising shares: the two sides of the mode are two square roots."""
        width, left, right = self.highest - self.lowest, self.mode - self.lowest, self.highest - self.mode
        turn = int(np.searchsorted(shares, left / width))
        found = np.empty(len(shares))
        found[:turn] = self.lowest + np.sqrt(shares[:turn] * (width * left))
        found[turn:] = self.highest - np.sqrt((1 - shares[turn:]) * (width * right))
        return found


@dataclass(frozen=True, slots=True)
class Uniform:
    """Between two bounds, each value as likely as any other."""

    lowest: float
    highest: float

    @property
    def ends(self) -> tuple[float, float, float]:
        """10th percentile, middle, 90th percentile."""
        width = self.highest - self.lowest
        return self.lowest + width / 10, self.lowest + width / 2, self.highest - width / 10

    def at(self, draws: Draws) -> Array:
        """The value of each draw."""
        return self.lowest + (self.highest - self.lowest) * draws.shares


def ranged(low: float, high: float, middle: float | None, *, share: bool, floor: float) -> Range:
    """A range on the scale that keeps its values within their bounds."""
    told = (low, high) if middle is None else (low, middle, high)
    if share and all(0 < value < 1 for value in told):
        scale: Scale = "odds"
    else:
        scale = "log" if min(told) > 0 and not share else "plain"
    into, back = _SCALES[scale]
    centre = float(back(np.atleast_1d(into(np.array([low, high])).mean()))[0]) if middle is None else middle
    return Range(low, centre, high, scale, floor, 1.0 if share else np.inf)
