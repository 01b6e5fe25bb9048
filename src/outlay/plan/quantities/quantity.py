"""A quantity as a plan writes it: `400k`, `4k..9k..20k tokens`, `$0.03 / 1k tokens`, `users * 20`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from outlay.plan.quantities.distribution import Distribution, Draws, Pert, Triangular, Uniform, ranged
from outlay.plan.quantities.expression import QUOTED, Expression
from outlay.plan.quantities.path import Array
from outlay.plan.quantities.units import ONE, SUFFIXES, Dimension, Unit, UnitError, converted, parse_unit

_NUMBER = r"(?P<sign>[+-]?)(?P<dollar>\$?)(?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+)"
_SUFFIX = r"(?:\s?(?P<suffix>k|K|M|bn|B|T)(?![A-Za-z]))?\s?(?P<percent>%?)"
_PART = re.compile(rf"\s*{_NUMBER}{_SUFFIX}\s*(?P<rest>.*)", re.DOTALL)
_SHAPED = re.compile(r"\s*(?P<shape>pert|triangular|uniform)\s*\((?P<ends>[^()]*)\)\s*(?P<unit>.*)", re.DOTALL)
# A text with one of these is a formula; so is one that begins with a letter.
_ARITHMETIC = re.compile(r"[*+()]|\s-\s|^\s*[A-Za-z_]")


class QuantityError(ValueError):
    """A text that is no quantity; `column` counts from 0 within it."""

    def __init__(self, message: str, hint: str = "", column: int = 0) -> None:
        super().__init__(message)
        self.hint, self.column = hint, column


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number, a range or a formula, in the units that it was written in.

    Exactly one of `number`, `range` and `formula` is there. `unit` is what was written; a plain number has none.
    `wanted` is the unit that its place in the plan is computed in; None takes what was written.
    """

    text: str
    unit: Unit
    number: float | None = None
    range: Distribution | None = None
    formula: Expression | None = None
    wanted: Unit | None = None
    also: tuple[Unit, ...] = ()

    def within(self, wanted: Unit | None, also: tuple[Unit, ...] = ()) -> "Quantity":
        """The same quantity for a place that is computed in `wanted`, or in what means the same. Raises `UnitError`."""
        if self.number is not None and self.unit == wanted == Unit():
            return self
        found = replace(self, wanted=wanted, also=also)
        if self.formula is None:
            found.measured(self.unit.dimension)
        return found

    @property
    def scale(self) -> float:
        """By what to multiply the number or the range to have it in the unit of its place, or in base units."""
        return self.unit.factor * self.measured(self.unit.dimension)

    def measured(self, dimension: Dimension) -> float:
        """By what to multiply a value in base units of that dimension. Raises `UnitError`.

        What has no dimension is in the unit of its place: 400 where tokens are asked for is 400 tokens.
        """
        if self.wanted is None or not dimension:
            return 1.0
        alike = next((unit for unit in self.also if unit.dimension == dimension), self.wanted)
        return converted(Unit(1.0, dimension), alike)

    def __str__(self) -> str:
        return self.text


def parse_quantity(said: Any) -> Quantity:
    """The quantity that a value of a plan says. Raises `QuantityError`, `UnitError`."""
    if isinstance(said, Quantity):
        return said
    if isinstance(said, bool) or said is None:
        raise QuantityError("a quantity is missing" if said is None else f"{str(said).lower()} is no quantity", _HINT)
    if isinstance(said, int | float | Decimal):
        return Quantity(str(said), Unit(), number=float(said))
    text = str(said).strip()
    if shaped := _SHAPED.fullmatch(text):
        return _shaped(text, shaped)
    if _ARITHMETIC.search(text):
        # Whatever is no arithmetic is refused before anybody looks at what it quotes.
        Expression(text, tuple((f"_q{i}", 0.0, ONE) for i, _ in enumerate(QUOTED.finditer(text)))).check()
        formula = Expression(text, tuple(_quoted(text)))
        return Quantity(text, Unit(), formula=formula)
    return _literal(text)


_HINT = "write 400k, 4k..9k..20k tokens, $0.03 / 1k tokens or users * 20"


def _quoted(text: str) -> Iterator[tuple[str, float, Dimension]]:
    """The numbers with units that stand in quotes in a formula."""
    for index, match in enumerate(QUOTED.finditer(text)):
        found = _literal((match[1] or match[2] or "").strip())
        if found.number is None:
            raise QuantityError(
                f"{match[0]} is no number with a unit", "a formula holds numbers; name the range", match.start()
            )
        yield f"_q{index}", found.number * found.unit.factor, found.unit.dimension


def _literal(text: str) -> Quantity:
    parts = [_PART.fullmatch(part) for part in text.split("..")]
    if not all(parts) or len(parts) > 3:
        raise QuantityError(f"{text!r} is no quantity", _HINT)
    matched = [m for m in parts if m]
    if any(m["rest"] for m in matched[:-1]):
        raise QuantityError(f"{text!r} has a unit before its end", "write the unit once: 4k..9k..20k tokens")
    unit = _unit(matched)
    values = [_value(m) for m in matched]
    if len(values) == 1:
        return Quantity(text, unit, number=values[0])
    return Quantity(text, unit, range=_range(values, unit, "%" in text))


def _unit(parts: list[re.Match[str]]) -> Unit:
    head = "$" if any(m["dollar"] for m in parts) else "%" if any(m["percent"] for m in parts) else ""
    rest = parts[-1]["rest"].strip()
    unit = parse_unit(f"{head} {rest}" if not rest or not head or rest.startswith("/") else f"{head}*{rest}")
    return Unit(unit.factor, unit.dimension, f"{head} {rest}".strip()) if head or rest else unit


def _value(part: re.Match[str]) -> float:
    size = float(part["number"].replace("_", "")) * SUFFIXES[part["suffix"] or ""]
    return -size if part["sign"] == "-" else size


def _range(values: list[float], unit: Unit, share: bool) -> Distribution:
    low, high = values[0], values[-1]
    if not low < high or sorted(values) != values:
        said = "..".join(f"{v:g}" for v in values)
        raise QuantityError(f"the range {said} does not rise", "write 10th percentile..most likely..90th percentile")
    share = share and unit.dimension == ONE and high <= 100
    # Shares are kept as shares: their scale depends on 0 and 1.
    factor = unit.factor if share else 1.0
    middle = values[1] * factor if len(values) == 3 else None
    found = ranged(low * factor, high * factor, middle, share=share, floor=0.0 if low >= 0 else float("-inf"))
    return found if not share else _Scaled(found, 1 / factor)


@dataclass(frozen=True, slots=True)
class _Scaled:
    """A distribution in other units: what it gives, times a factor."""

    of: Distribution
    factor: float

    @property
    def ends(self) -> tuple[float, float, float]:
        """The ends in these units."""
        low, middle, high = self.of.ends
        return low * self.factor, middle * self.factor, high * self.factor

    def at(self, draws: Draws) -> Array:
        """The value of each draw in these units."""
        return self.of.at(draws) * self.factor


def _shaped(text: str, match: re.Match[str]) -> Quantity:
    shape = match["shape"]
    parts = [_PART.fullmatch(part) for part in match["ends"].split(",")]
    matched = [m for m in parts if m and not m["rest"]]
    wanted = 2 if shape == "uniform" else 3
    if len(matched) != wanted or len(parts) != wanted:
        legal = "uniform(low, high)" if shape == "uniform" else f"{shape}(low, likely, high)"
        raise QuantityError(f"{shape} takes {wanted} numbers", f"write {legal}")
    values = [_value(m) for m in matched]
    if sorted(values) != values or values[0] == values[-1]:
        raise QuantityError(f"the numbers of {shape} do not rise", "write the lowest first")
    unit = _unit([*matched[:-1], _PART.fullmatch(f"{match['ends'].split(',')[-1]} {match['unit']}") or matched[-1]])
    made = Uniform(*values) if shape == "uniform" else (Pert if shape == "pert" else Triangular)(*values)
    return Quantity(text, unit, range=made)


__all__ = ["Quantity", "QuantityError", "UnitError", "parse_quantity"]
