"""Special functions of SciPy, imported when the first of them is needed: that takes longer than most plans.

What plans need most, the quantiles of the normal distribution at fixed shares, is in the standard library.
"""

from functools import cache
from importlib import import_module
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@cache
def _scipy() -> Any:
    return import_module("scipy.special")


def normal_quantiles(shares: Array) -> Array:
    """The standard scores below which these shares of the normal distribution lie."""
    inverse = NormalDist().inv_cdf
    return np.fromiter(map(inverse, shares.tolist()), dtype=np.float64, count=len(shares))


def normal_shares(scores: Array) -> Array:
    """The shares of the normal distribution below these scores."""
    found: Array = _scipy().ndtr(scores)
    return found


def beta_quantiles(alpha: float, beta: float, shares: Array) -> Array:
    """The values below which these shares of a beta distribution lie."""
    found: Array = _scipy().betaincinv(alpha, beta, shares)
    return found


def upper_gamma(shape: Array, value: Array) -> Array:
    """The regularised upper incomplete gamma function."""
    found: Array = _scipy().gammaincc(shape, value)
    return found


def log_gamma(value: Array) -> Array:
    """The logarithm of the gamma function."""
    found: Array = _scipy().gammaln(value)
    return found
