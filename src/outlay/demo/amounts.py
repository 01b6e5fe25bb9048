"""Exact amounts: whole micro-units (6 decimals) of quantity and price, whole pico-units (12) of cost.

A quantity of 24 hours is 24_000_000, a price of 1.515 is 1_515_000, their product 36_360_000_000_000 is the
cost 36.36: every cost is exact, and every sum of costs too.
"""

from decimal import Decimal
from functools import lru_cache

MICRO_PLACES = 6
PICO_PLACES = 12
MICRO = 1_000_000
PICO = 1_000_000_000_000
CENT = PICO // 100


def micro(text: str) -> int:
    """A decimal text in whole micro-units; more decimals than six are refused."""
    scaled = Decimal(text) * MICRO
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text} has more than {MICRO_PLACES} decimals")
    return int(scaled)


def metered(number: float) -> int:
    """A drawn number in micro-units, rounded to three decimals so that it reads like a meter."""
    return round(number * 1000) * (MICRO // 1000)


@lru_cache(maxsize=65_536)
def plain(value: int, places: int) -> str:
    """`value` units of 10^-places as a plain decimal with at least one digit after the point."""
    whole, part = divmod(abs(value), 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{str(part).zfill(places).rstrip('0') or '0'}"


def plain_micro(value: int) -> str:
    """A quantity or a price as FOCUS writes it."""
    return plain(value, MICRO_PLACES)


def plain_pico(value: int) -> str:
    """A cost as FOCUS writes it."""
    return plain(value, PICO_PLACES)


def pico(text: str) -> int:
    """A cost text in whole pico-units."""
    return int(Decimal(text) * PICO)


def to_cents(value: int) -> int:
    """The nearest whole number of cents, still in pico-units; half away from zero."""
    rounded = (abs(value) + CENT // 2) // CENT * CENT
    return rounded if value >= 0 else -rounded
