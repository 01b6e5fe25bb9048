"""How many slots a random stream of requests needs so that few of them wait.

Erlang (1917) for M/M/c; Allen and Cunneen for service times that spread otherwise; Halfin and Whitt (1981) for many
slots.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from outlay.plan.special import log_gamma, upper_gamma

Floats = NDArray[np.float64]

WAITING_SHARE = 0.05  # the share of requests that may wait longer than the target: its 95th percentile
MANY_SLOTS = 2000.0
Z95 = 1.645


def erlang_b(slots: ArrayLike, load: ArrayLike) -> Floats:
    """The share of requests that find all slots busy and leave: (a^c / c!) / sum of (a^k / k!) for k = 0..c.

    It is the Poisson probability of c over that of at most c, at mean a. c = 10, a = 8: 0.121661.
    """
    c, a = np.broadcast_arrays(np.asarray(slots, dtype=float), np.asarray(load, dtype=float))
    close = np.clip(a, 1e-300, c)
    blocked = np.exp(c * np.log(close) - close - log_gamma(c + 1)) / upper_gamma(c + 1, close)
    over = a > c
    if over.any():
        # Both probabilities vanish far above c: the recursion 1/B(c) = 1 + c / a x 1/B(c - 1) does not.
        blocked = np.where(over, _erlang_b_by_recursion(c, np.maximum(a, 1e-300)), blocked)
    return np.where(a <= 0, np.where(c <= 0, 1.0, 0.0), blocked)


def _erlang_b_by_recursion(slots: Floats, load: Floats) -> Floats:
    inverse = np.ones(slots.shape)
    for k in range(1, int(slots.max(initial=0)) + 1):
        inverse = np.where(k <= slots, 1 + k / load * inverse, inverse)
    return 1 / inverse


def erlang_c(slots: ArrayLike, load: ArrayLike) -> Floats:
    """The share of requests that wait: c B / (c - a (1 - B)); 1 where the load reaches the slots.

    c = 10, a = 8: 0.409180.
    """
    c, a = np.broadcast_arrays(np.asarray(slots, dtype=float), np.asarray(load, dtype=float))
    short = a >= c
    below = np.where(short, 0.0, a)
    blocked = erlang_b(c, below)
    waiting = c * blocked / np.where(short, 1.0, c - below * (1 - blocked))
    return np.where(short, 1.0, waiting)


def p95_wait(slots: ArrayLike, load: ArrayLike, variation: float = 1.0) -> Floats:
    """The 95th percentile of the wait in mean service times: ln(P(wait) / 0.05) / (c - a) x (1 + cv^2) / 2, at least 0.

    The tail of the wait is P(wait) exp(-(c - a) t / S). c = 10, a = 8, cv = 1: ln(8.18360) / 2 = 1.051 service times.
    """
    c, a = np.broadcast_arrays(np.asarray(slots, dtype=float), np.asarray(load, dtype=float))
    free = c - a
    scale = (1 + variation**2) / 2
    logged = np.log(np.maximum(erlang_c(c, a), 1e-300) / WAITING_SHARE)
    waited = np.maximum(logged, 0.0) * scale / np.where(free > 0, free, 1.0)
    return np.where(free > 0, waited, np.inf)


def load_limits(slots: ArrayLike, target: ArrayLike, variation: float = 1.0) -> Floats:
    """The greatest load that some slots carry with a p95 wait of at most `target` service times, by bisection.

    c = 10, target 1.051: 8.0.
    """
    c, t = np.broadcast_arrays(np.asarray(slots, dtype=float), np.asarray(target, dtype=float))
    low, high = np.zeros(c.shape), c.copy()
    for _ in range(50):
        middle = (low + high) / 2
        good = p95_wait(c, middle, variation) <= t
        low, high = np.where(good, middle, low), np.where(good, high, middle)
    return low


def square_root_slots(load: ArrayLike) -> Floats:
    """Slots by the square-root rule: a + 1.645 sqrt(a). Load 2,500: 2,582.25."""
    a = np.asarray(load, dtype=float)
    slots: Floats = a + Z95 * np.sqrt(a)
    return slots


def groups_needed(load: Any, target: Any, size: int, variation: float = 1.0) -> NDArray[np.int64]:
    """The least number of groups of `size` slots that carry each load within its target, exact.

    Up to a load of 2,000 slots by Erlang C, above by the square-root rule, and never less than at 2,000.
    """
    a, t = np.broadcast_arrays(np.asarray(load, dtype=float), np.asarray(target, dtype=float))
    flat, targets = np.minimum(a.ravel(), MANY_SLOTS), t.ravel()
    if not flat.size:
        return np.zeros(a.shape, dtype=np.int64)
    same = targets.min() == targets.max()
    search = _by_one_table if same else _by_several_tables
    found = search(flat, targets, size, variation).reshape(a.shape)
    many = np.ceil(square_root_slots(np.maximum(a, 1.0)) / size).astype(np.int64)
    return np.where(a > MANY_SLOTS, np.maximum(found, many), found)


def _rows(load: Floats, size: int) -> Floats:
    """Slots of 1, 2, 3 ... groups, up to a count at which under 5% of requests wait at all."""
    most = float(load.max())
    return size * np.arange(1.0, np.ceil((most + 2.5 * np.sqrt(most) + 5) / size) + 1)


def _by_one_table(load: Floats, target: Floats, size: int, variation: float) -> NDArray[np.int64]:
    return 1 + np.searchsorted(load_limits(_rows(load, size), target[0], variation), load)


def _by_several_tables(load: Floats, target: Floats, size: int, variation: float) -> NDArray[np.int64]:
    """Groups where each load has a target of its own.

    A longer target never needs more slots. So the tables of the two targets around one bound the answer from both
    sides; where they differ, the counts between are tried.
    """
    rows = _rows(load, size)
    tables = int(np.clip(2000 // rows.size, 4, 128))
    grid = np.geomspace(max(target.min(), 1e-9), max(target.max(), 2e-9), tables)
    limits = load_limits(rows, grid[:, None], variation)
    upper = np.clip(np.searchsorted(grid, target), 1, tables - 1)
    found, most = _look_up(limits, load, upper), _look_up(limits, load, upper - 1)
    open_ = np.flatnonzero(found < most)
    while open_.size:
        wrong = p95_wait(size * found[open_], load[open_], variation) > target[open_]
        open_ = open_[wrong]
        found[open_] += 1
        open_ = open_[found[open_] < most[open_]]
    return found


def _look_up(limits: Floats, load: Floats, table: NDArray[np.intp]) -> NDArray[np.int64]:
    """The first row of each one's table that carries its load, all tables laid end to end."""
    apart = limits.max() + 1
    stacked = (limits + apart * np.arange(len(limits))[:, None]).ravel()
    found = np.searchsorted(stacked, np.minimum(load, limits[table, -1]) + apart * table) - table * limits.shape[1]
    rows: NDArray[np.int64] = 1 + found
    return rows
