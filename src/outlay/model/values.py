"""Legal values: what FOCUS allows in its enumerations, and the currency codes of ISO 4217.

`data/focus_values.csv` holds the values of FOCUS 1.3 (CC BY 4.0) with the category that each service subcategory
belongs to; `data/currencies.csv` every code that was valid at any time since 2020, so that old bills pass.
"""

import csv
from functools import cache
from importlib.resources import files


@cache
def allowed_values() -> tuple[tuple[str, str], ...]:
    """Every pair of an enumerated FOCUS column and a value that it may have."""
    return tuple((row["column"], row["value"]) for row in _rows("focus_values"))


@cache
def subcategories() -> tuple[tuple[str, str], ...]:
    """Every service subcategory with its category."""
    return tuple((row["value"], row["parent"]) for row in _rows("focus_values") if row["parent"])


@cache
def currencies() -> tuple[str, ...]:
    """The currency codes of ISO 4217."""
    return tuple(row["code"] for row in _rows("currencies"))


def _rows(name: str) -> list[dict[str, str]]:
    text = files("outlay.model").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
