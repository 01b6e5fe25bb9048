"""A quantity over months and draws.

Most quantities of a plan begin somewhere and grow by the same share every month. Such a path is a level and a ratio,
one number for each draw, and a product of two is another one; months are multiplied out only where something is added
up. Everything else is a grid of months x draws. Shapes: level and ratio (draws) or (1); grid (months, draws) or
(months, 1).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """`level` x `ratio`^month over so many months, or the value of each month. A constant needs no months."""

    level: Array
    ratio: Array | None = None
    free: Array | None = None
    months: int = 0

    @classmethod
    def of(cls, value: "float | Array | Path") -> "Path":
        """A number, or one number for each draw, that stays the same."""
        return value if isinstance(value, Path) else cls(np.atleast_1d(np.asarray(value, dtype=np.float64)))

    @classmethod
    def by_month(cls, values: Array) -> "Path":
        """A grid of months x draws, or one value for each month."""
        grid = values if values.ndim == 2 else values[:, None]
        return cls(np.ones(1), None, grid, len(grid))

    def growing(self, ratio: Array, months: int) -> "Path":
        """The same path, times `ratio` from each month to the next."""
        return self * Path(np.ones(1), np.atleast_1d(ratio), None, months)

    @property
    def constant(self) -> bool:
        """Whether every month is alike."""
        return self.ratio is None and self.free is None

    @property
    def never(self) -> bool:
        """Whether it is 0 in every month and draw."""
        return not (self.level if self.free is None else self.free).any()

    def grid(self, months: int = 0) -> Array:
        """The value of each month and draw; of a constant, for so many months."""
        if self.free is not None:
            return self.free
        if self.ratio is None:
            return np.broadcast_to(self.level, (months or self.months or 1, len(self.level)))
        steps = np.empty((self.months, max(len(self.level), len(self.ratio))))
        steps[0] = self.level
        steps[1:] = self.ratio
        return np.multiply.accumulate(steps, axis=0, out=steps)

    def each(self, function: Callable[..., Any], *others: "float | Array | Path") -> "Path":
        """A function of the values of each month, such as `np.ceil`."""
        paths = [self, *(Path.of(other) for other in others)]
        if all(path.constant for path in paths):
            return Path(np.asarray(function(*(path.level for path in paths)), dtype=np.float64))
        months = max(path.months for path in paths)
        return Path.by_month(function(*(path.grid(months) for path in paths)))

    def _with(self, other: "float | Array | Path", function: Callable[[Any, Any], Any]) -> "Path":
        """A product or quotient: of two paths that grow evenly another one."""
        other = Path.of(other)
        if self.free is not None or other.free is not None:
            return Path.by_month(function(_thin(self), _thin(other)))
        ratio = _both(self.ratio, other.ratio, function)
        return Path(function(self.level, other.level), ratio, None, max(self.months, other.months))

    def __mul__(self, other: "float | Array | Path") -> "Path":
        return self._with(other, np.multiply)

    def __truediv__(self, other: "float | Array | Path") -> "Path":
        return self._with(other, np.divide)

    def __rtruediv__(self, other: "float | Array") -> "Path":
        return Path.of(other) / self

    def __add__(self, other: "float | Array | Path") -> "Path":
        if isinstance(other, Path) and self.ratio is other.ratio and self.free is None and other.free is None:
            # What grows alike stays even.
            return Path(self.level + other.level, self.ratio, None, max(self.months, other.months))
        return self.each(np.add, other)

    def __sub__(self, other: "float | Array | Path") -> "Path":
        return self.each(np.subtract, other)

    def __rsub__(self, other: "float | Array") -> "Path":
        return Path.of(other) - self

    def __pow__(self, power: "float | Array | Path") -> "Path":
        return self.each(np.power, power)

    def __neg__(self) -> "Path":
        return self * -1.0

    __rmul__ = __mul__
    __radd__ = __add__


def _thin(path: Path) -> Array:
    """The values of a path; a constant is not repeated for each month."""
    return path.level[None, :] if path.constant else path.grid()


def _both(one: Array | None, other: Array | None, function: Callable[[Any, Any], Any]) -> Array | None:
    if other is None:
        return one
    found: Array = function(np.ones(1) if one is None else one, other)
    return found
