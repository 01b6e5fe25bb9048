"""A plan beside an earlier version of it, and whether the difference is worth a word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from outlay.model.layers import LAYER_NAMES
from outlay.model.problem import InputError
from outlay.plan.stack import Stack

_AMOUNT = re.compile(r"\$?(?P<number>\d[\d_,]*(?:\.\d+)?)\s*(?P<suffix>k|K|M|bn|B)?(?P<percent>\s*%)?")
SUFFIXES = {"k": 3, "K": 3, "M": 6, "bn": 9, "B": 9}
CENT = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class Threshold:
    """Changes below it are not worth a word: a share of what was before, or money."""

    text: str
    value: Decimal
    share: bool

    def reached(self, before: Decimal, after: Decimal) -> bool:
        """Whether a change is not below it."""
        size = abs(after - before)
        return size >= self.value * abs(before) and size > 0 if self.share else size >= self.value


def parse_threshold(text: str) -> Threshold:
    """A threshold such as `5%`, `$2k` or `2000`. Raises `InputError`."""
    found = _AMOUNT.fullmatch(text.strip())
    if found is None or (found["percent"] and (found["suffix"] or "$" in text)):
        raise InputError("E-COMM-008", f"{text!r} is no threshold", "write a share such as 5%, or money such as 2000")
    number = Decimal(re.sub("[_,]", "", found["number"])).scaleb(SUFFIXES.get(found["suffix"] or "", 0))
    return Threshold(text.strip(), number / 100 if found["percent"] else number, bool(found["percent"]))


@dataclass(frozen=True, slots=True)
class LayerChange:
    """The expected cost of a layer before and after; None where it was not stated."""

    layer: str
    before: Decimal | None
    after: Decimal | None

    @property
    def size(self) -> Decimal:
        """How far it moved."""
        return abs((self.after or Decimal(0)) - (self.before or Decimal(0)))


@dataclass(frozen=True)
class Comparison:
    """A plan, and the version before it if there is one."""

    after: Stack
    before: Stack | None = None

    def __post_init__(self) -> None:
        if self.before is not None and self.before.plan.plan.currency != self.after.plan.plan.currency:
            told = f"{self.before.plan.plan.currency} before, {self.after.plan.plan.currency} after"
            hint = "two currencies are not compared: state both versions in one"
            raise InputError("E-COMM-009", told, hint, str(self.before.plan.document.path))

    def layers(self) -> Iterator[LayerChange]:
        """Every layer that either version states."""
        for layer in LAYER_NAMES:
            before = self.before.layers.get(layer) if self.before else None
            after = self.after.layers.get(layer)
            if before or after:
                yield LayerChange(layer, before.expected if before else None, after.expected if after else None)

    @property
    def changed(self) -> list[LayerChange]:
        """The layers that moved by half a cent or more, the furthest first."""
        moved = [one for one in self.layers() if one.size >= CENT or (one.before is None) != (one.after is None)]
        return sorted(moved, key=lambda one: (-one.size, LAYER_NAMES.index(one.layer)))

    def speaks(self, threshold: Threshold | None) -> bool:
        """Whether expected or P80 moved by the threshold, or other layers are missing than before."""
        if threshold is None or self.before is None:
            return True
        before, after = self.before.total, self.after.total
        moved = threshold.reached(before.expected, after.expected) or threshold.reached(before.p80, after.p80)
        return moved or set(self.before.plan.missing) != set(self.after.plan.missing)
