"""Units of quantities: how much of what a text such as `GB / day` means.

A unit is a factor and a dimension: a power for each base, such as {data: 1, time: -1}. The bases are the GB, the month
and nouns that are counted. A month is 365/12 days, a year 52 weeks. Hours count work and use, as GPU hours do: they are
no part of a month, or `$4 / h` would be a monthly amount without saying for how many hours.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

Dimension = tuple[tuple[str, int], ...]
ONE: Dimension = ()
SUFFIXES = {"": 1.0, "k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "bn": 1e9, "T": 1e12}
_FACTOR = re.compile(
    r"\s*(?P<number>\d[\d_]*(?:\.\d+)?)?\s*(?P<suffix>k|K|M|B|T)?(?![A-Za-z])\s*(?P<name>[A-Za-z%$]*)\s*"
)


class UnitError(ValueError):
    """A text that names no unit, or the unit of something else; `hint` says what would do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Unit:
    """So many base units of a dimension. `words` is the text that people wrote."""

    factor: float = 1.0
    dimension: Dimension = field(default=ONE)
    words: str = ""

    def __mul__(self, other: "Unit") -> "Unit":
        return Unit(self.factor * other.factor, _added(self.dimension, other.dimension, 1))

    def __truediv__(self, other: "Unit") -> "Unit":
        return Unit(self.factor / other.factor, _added(self.dimension, other.dimension, -1))

    def __str__(self) -> str:
        return self.words or told(self.dimension)


def _added(one: Dimension, other: Dimension, sign: int) -> Dimension:
    powers = dict(one)
    for name, power in other:
        powers[name] = powers.get(name, 0) + sign * power
    return tuple(sorted((name, power) for name, power in powers.items() if power))


def raised(dimension: Dimension, power: int) -> Dimension:
    """A dimension to a whole power."""
    return tuple((name, p * power) for name, p in dimension if power)


def times(one: Dimension, other: Dimension, sign: int = 1) -> Dimension:
    """The dimension of a product, or with `sign` -1 of a quotient."""
    return _added(one, other, sign)


@cache
def known() -> Mapping[str, Unit]:
    """Every unit by its name, in the singular and in the plural."""
    text = files("outlay.plan.quantities").joinpath("data/units.csv").read_text(encoding="utf-8")
    found: dict[str, Unit] = {"": Unit(), "$": Unit(1.0, (("money", 1),))}
    for row in csv.DictReader(text.splitlines()):
        dimension = ((row["dimension"], 1),) if row["dimension"] else ONE
        unit = Unit(float(row["factor"]), dimension)
        for name in _spelled(row["unit"]):
            found.setdefault(name, unit)
    return found


_IRREGULAR = {"query": "queries", "person": "people", "success": "successes", "hour": "hrs"}


def _spelled(name: str) -> list[str]:
    """A unit as it is written: `GB` keeps its case, a word may have an s."""
    word = len(name) > 2 and not name.endswith(("B", "Wh"))
    return [name, *([f"{name}s"] if word else []), *filter(None, [_IRREGULAR.get(name)])]


def parse_unit(text: str) -> Unit:
    """The unit that a text names, such as `GB`, `$ / 1k tokens` or `h/day`. Raises `UnitError`."""
    first, *others = text.split("/")
    found = _product(first)
    for other in others:
        found = found / _product(other)
    return Unit(found.factor, found.dimension, " ".join(text.split()))


def _product(text: str) -> Unit:
    found = Unit()
    for part in re.split(r"[*·]|(?<=[A-Za-z])-(?=[A-Za-z])", text):
        found = found * _single(part)
    return found


def _single(text: str) -> Unit:
    """A number and a name, each of which may be missing: `1k tokens`, `M tokens`, `GB`, ''."""
    name = text.strip()
    if name in known():
        return known()[name]
    match = _FACTOR.fullmatch(text)
    if match and match["name"] in known() and (match["number"] or match["suffix"]):
        unit = known()[match["name"]]
        size = float((match["number"] or "1").replace("_", "")) * SUFFIXES[match["suffix"] or ""]
        return Unit(size * unit.factor, unit.dimension)
    near = get_close_matches(name, [n for n in known() if n], n=3, cutoff=0.5)
    raise UnitError(f"unknown unit {name!r}", f"did you mean {', '.join(near)}?" if near else "see the units of plans")


def told(dimension: Dimension) -> str:
    """A dimension in words: `data / time`."""
    above = [_power(name, power) for name, power in dimension if power > 0]
    below = [_power(name, -power) for name, power in dimension if power < 0]
    return " / ".join([" x ".join(above) or ("1" if below else "a number"), *below])


def _power(name: str, power: int) -> str:
    return name if power == 1 else f"{name}^{power}"


def converted(unit: Unit, wanted: Unit) -> float:
    """How many `wanted` one `unit` is. A number without a unit is one of whatever is wanted. Raises `UnitError`."""
    if unit.dimension == wanted.dimension:
        return unit.factor / wanted.factor
    if unit.dimension == ONE:
        return unit.factor
    raise UnitError(f"{told(unit.dimension)} where {told(wanted.dimension)} is asked for", f"write it in {wanted}")
