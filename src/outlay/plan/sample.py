"""Draws of the ranges of a plan: a Latin hypercube, correlated within groups by one common factor each.

Every range takes each of n equally likely standard scores once, in an order of its own. The order follows from the seed
and the name of the range: the same seed gives the same bytes on every machine, and a range that is added or taken away
leaves the others as they were, so that two plans are compared draw by draw.

In a group with the correlation rho the score of a range is sqrt(rho) x the common score + sqrt(1 - rho) x its own. A
lognormal volume whose P90 is 1.32 times its median alone spreads wider in a sum with others that move along.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from outlay.plan.quantities.distribution import Draws, Scored
from outlay.plan.quantities.path import Array
from outlay.plan.special import normal_quantiles

DRAWS = 16_384
# What follows demand moves together, and so does what sellers ask.
CORRELATION = {"usage": 0.5, "price": 0.3}
_ROUNDS = 3
Order = NDArray[np.uint16] | NDArray[np.uint32]


@cache
def scores(count: int) -> Array:
    """The standard scores of the middles of so many equally likely strata, rising."""
    found = normal_quantiles(strata(count))
    found.flags.writeable = False
    return found


def shuffled(count: int, key: int) -> Order:
    """The numbers from 0 to before `count`, a power of 2, in an order that the key decides.

    Multiplying by an odd number, adding, and folding the upper half of the bits onto the lower one can all be undone,
    so that each number comes once.
    """
    bits = count.bit_length() - 1
    # Half the bytes take half the time.
    number: type[np.uint16 | np.uint32] = np.uint16 if bits <= 16 else np.uint32
    size, mask = np.iinfo(number).bits, number(count - 1)
    fold = number(max((bits + 1) // 2, 1))
    found: Any = np.arange(count, dtype=number)
    for _ in range(_ROUNDS):
        key = (key * 6364136223846793005 + 1442695040888963407) % 2**64
        found *= number((key >> 64 - size) | 1)
        found += number(key >> 8 & (1 << size) - 1)
        found &= mask
        found ^= found >> fold
    order: Order = found
    return order


@dataclass(frozen=True)
class Drawn(Draws):
    """The draws of a range that depends on no other: each of `count` strata once, in its own order, or some of them."""

    order: Order
    count: int

    def part(self, here: slice) -> "Drawn":
        """Some of the draws."""
        return Drawn(self.order[here], self.count)

    @property
    def scores(self) -> Array:
        """The standard scores by draw."""
        found: Array = scores(self.count)[self.order]
        return found

    @property
    def shares(self) -> Array:
        """The share of all values that lie below, by draw."""
        return strata(self.count)[self.order]

    def by_share(self, quantiles: Callable[[Array], Array]) -> Array:
        """The values of quantiles by draw: they are computed once for all strata, which rise."""
        return quantiles(strata(self.count))[self.order]


@cache
def strata(count: int) -> Array:
    """The shares in the middles of so many equal strata, rising."""
    found = (np.arange(count) + 0.5) / count
    found.flags.writeable = False
    return found


def drawn(name: str, count: int, seed: int) -> Drawn:
    """The draws of a range by its name."""
    key = zlib.crc32(name.encode()) << 32 ^ zlib.crc32(name[::-1].encode()) ^ seed * 0x9E3779B97F4A7C15
    return Drawn(shuffled(count, key % 2**64), count)


def correlated(
    named: Iterable[tuple[str, str]], count: int, seed: int, correlation: Mapping[str, float]
) -> dict[str, Draws]:
    """The draws of ranges, each given by its name and its group."""
    common: dict[str, Array] = {}
    found: dict[str, Draws] = {}
    for name, group in named:
        rho = correlation.get(group, CORRELATION.get(group, 0.0)) if group else 0.0
        own = drawn(name, count, seed)
        if group and rho > 0 and group not in common:
            common[group] = drawn(f"group {group}", count, seed).scores
        found[name] = Scored(np.sqrt(rho) * common[group] + np.sqrt(1 - rho) * own.scores) if rho > 0 else own
    return found


def draws_needed(spread: float) -> int:
    """How many draws put the 90th percentile within 1%, 19 times of 20, for a total whose logarithm spreads so much.

    n >= (1.96 sqrt(0.9 x 0.1) / phi(1.2816) x spread / 0.01)^2 = (335 x spread)^2: 14,600 for 0.36.
    """
    return int(np.ceil((335 * spread) ** 2))
