"""An assumption as the ledger measured it: a range from the days that were seen, and a pilot carried to production.

The middle is the ratio of sums over all days, or the sum of a month. The range comes from a bootstrap: days are drawn
again with repetition, 2,000 times, and the 10th and 90th percentile of the result are taken. With few days it is wide.
A pilot grows by a line through the logarithms of its weeks, whose slope has an error of its own.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from outlay.plan.file.formulas import check_formulas
from outlay.plan.file.read import PlanFile, read_plan
from outlay.plan.file.schema import Assumption
from outlay.plan.quantities.distribution import Scored
from outlay.plan.quantities.path import Array
from outlay.plan.quantities.quantity import parse_quantity
from outlay.plan.quantities.units import Unit, parse_unit

DAYS_A_MONTH = 365 / 12
WEEKS_A_MONTH = 52 / 12
RESAMPLES = 2_000
Z90 = 1.2815515655446004
# A slope needs three points to have an error.
UNITS = {
    "requests": "requests / month",
    "tokens": "tokens / month",
    "input_tokens": "tokens / request",
    "output_tokens": "tokens / request",
    "cost": "$ / month",
    "cached_share": "",
    "failed_share": "",
}
LEAST_WEEKS = 3
LEAST_DAYS = 7


@dataclass(frozen=True, slots=True)
class Seen:
    """A metric on the days of a period: sums above and, for shares, below."""

    metric: str
    filter: str
    above: Array
    below: Array
    total: bool


@dataclass(frozen=True, slots=True)
class Calibrated:
    """An assumption before and after: `low`, `middle`, `high`, and of a pilot the growth a month.

    `why_not` says why nothing was measured.
    """

    name: str
    was: str
    low: float | None = None
    middle: float | None = None
    high: float | None = None
    growth: tuple[float, float, float] | None = None
    days: int = 0
    measure: str = ""
    why_not: str = ""
    unit: Unit = field(default=Unit())

    @property
    def text(self) -> str:
        """The new value as a plan writes it."""
        if self.low is None or self.middle is None or self.high is None:
            return ""
        same = self.high - self.low <= 1e-9 * abs(self.middle)
        told = [self.middle] if same else [self.low, self.middle, self.high]
        return _in_unit(told, self.unit)

    @property
    def growth_text(self) -> str:
        """The growth as a plan writes it."""
        return "..".join(f"{100 * g:.3g}%" for g in self.growth) + " / month" if self.growth else ""


def seen_of(metric: str, where: str, days: Sequence[tuple[float, float]], total: bool) -> Seen:
    """What was seen on some days, from their two sums."""
    above, below = (np.array([day[i] for day in days], dtype=np.float64) for i in (0, 1))
    return Seen(metric, where, above, below, total)


def _in_unit(values: Sequence[float], unit: Unit) -> str:
    """Values in base units as they were written before: `3.1k..3.2k requests/day`, `32%..33%`, `$4..$5 / month`."""
    words, head, tail = unit.words, "", ""
    if words[:1] in ("$", "%"):
        head, tail, words = ("$", "", words[1:]) if words[0] == "$" else ("", "%", words[1:])
    told = "..".join(f"{head}{_number(value / unit.factor)}{tail}" for value in values)
    return f"{told} {words.strip()}".strip()


def _number(value: float) -> str:
    """Four digits, without an exponent."""
    return np.format_float_positional(float(f"{value:.4g}"), trim="-")


def measures(plan: PlanFile) -> dict[str, tuple[str, str]]:
    """The assumptions that say what measures them: metric and filter by name."""
    found = {}
    for name, said in plan.assumptions.items():
        metric, _, rest = said.measure.partition(" ")
        if metric:
            found[name] = (metric, rest.strip())
    return found


def calibrated(name: str, said: Assumption, seen: Seen, scale: Array | None, pilot: bool) -> Calibrated:
    """The range of an assumption from what was seen; of a pilot, carried to production by `scale`."""
    was, days = said.value.text, len(seen.above)
    measure = f"{seen.metric} {seen.filter}".strip()
    if days < LEAST_DAYS:
        why = f"only {days} days were seen; {LEAST_DAYS} are the least"
        return Calibrated(name, was, days=days, measure=measure, why_not=why)
    drawn = _resampled(seen)
    middle = _ratio(seen.above, seen.below, seen.total)
    growth = _growth(seen) if pilot and seen.total else None
    if scale is not None and seen.total:
        drawn, middle = drawn * scale[: len(drawn)], middle * float(np.median(scale))
    low, high = (float(q) for q in np.percentile(drawn, (10, 90)))
    # A value that had no unit gets that of the metric, or formulas would take it for a plain number.
    own = said.value.unit if said.value.unit.words else parse_unit(UNITS[seen.metric])
    unit = own if not said.unit else Unit()
    return Calibrated(name, was, low, min(max(middle, low), high), high, growth, days, measure, "", unit)


def _ratio(above: Array, below: Array, total: bool) -> float:
    """The sum of a month, or the ratio of the sums."""
    return float(above.mean() * DAYS_A_MONTH) if total else float(above.sum() / below.sum())


def _resampled(seen: Seen) -> Array:
    """The metric of days that are drawn again; the same days give the same draws."""
    days = len(seen.above)
    again = np.random.Generator(np.random.PCG64(days)).integers(0, days, (RESAMPLES, days))
    above, below = seen.above[again], seen.below[again]
    found: Array = above.mean(axis=1) * DAYS_A_MONTH if seen.total else above.sum(axis=1) / below.sum(axis=1)
    return found


def _growth(seen: Seen) -> tuple[float, float, float] | None:
    """The growth a month by the weeks: the slope of their logarithms, less and more 1.28 times its error."""
    weeks = seen.above[len(seen.above) % 7 :].reshape(-1, 7).sum(axis=1)
    if len(weeks) < LEAST_WEEKS or weeks.min() <= 0:
        return None
    x, y = np.arange(len(weeks)) - (len(weeks) - 1) / 2, np.log(weeks)
    slope = float((x * (y - y.mean())).sum() / (x**2).sum())
    rest = y - y.mean() - slope * x
    error = float(np.sqrt((rest**2).sum() / max(len(weeks) - 2, 1) / (x**2).sum()))
    low, middle, high = (float(np.expm1(WEEKS_A_MONTH * (slope + z * error))) for z in (-Z90, 0.0, Z90))
    return low, middle, high


def scale_of(text: str) -> Array:
    """Draws of a factor from a pilot to production, such as `30..50..90`."""
    found = parse_quantity(text)
    if found.range is None:
        return np.full(RESAMPLES, (found.number or 1.0) * found.unit.factor)
    scores = np.random.Generator(np.random.PCG64(7)).standard_normal(RESAMPLES)
    return found.range.at(Scored(scores)) * found.unit.factor


def rewritten(path: Path, changes: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The text of a plan with new values in their places; comments and everything else stay.

    `changes` are pairs of a key and its new value for each assumption; a key that it lacks is put before the others.
    """
    text = path.read_text(encoding="utf-8-sig")
    root = yaml.compose(io.StringIO(text), Loader=yaml.SafeLoader)
    spots = sorted((spot for name, said in changes.items() for spot in _spots(root, name, dict(said))), reverse=True)
    for begin, end, new in spots:
        text = text[:begin] + new + text[end:]
    return text


def checked(path: Path, text: str) -> None:
    """Raise `InputError` if a plan that is to stand at `path` could not be read, before anything is written."""
    beside = path.with_name(f".{path.name}.calibrated")
    try:
        beside.write_text(text, encoding="utf-8")
        check_formulas(read_plan(beside))
    finally:
        beside.unlink(missing_ok=True)


def _spots(root: Any, name: str, said: dict[str, str]) -> list[tuple[int, int, str]]:
    """Where the values of an assumption begin and end, and what to write there."""
    for section in ("demand", "assumptions"):
        node = _child(_child(root, section), name)
        if isinstance(node, yaml.ScalarNode):
            pairs = ", ".join(f"{key}: {_quoted(new)}" for key, new in said.items())
            return [(node.start_mark.index, node.end_mark.index, f"{{{pairs}}}")]
        if isinstance(node, yaml.MappingNode):
            found = {key: _child(node, key) for key in said}
            there = [_spot(n, said[key]) for key, n in found.items() if isinstance(n, yaml.ScalarNode)]
            return [*there, *_added(node, {key: said[key] for key, n in found.items() if n is None})]
    return []


def _added(node: yaml.MappingNode, said: dict[str, str]) -> list[tuple[int, int, str]]:
    """New keys at the beginning of a mapping, as it is laid out."""
    if not said:
        return []
    pairs = [f"{key}: {_quoted(new)}" for key, new in said.items()]
    if node.flow_style:
        at = node.start_mark.index + 1
        return [(at, at, "".join(f"{pair}, " for pair in pairs))]
    at, indent = node.start_mark.index, " " * node.start_mark.column
    return [(at, at, "".join(f"{pair}\n{indent}" for pair in pairs))]


def _spot(node: yaml.ScalarNode, new: str) -> tuple[int, int, str]:
    return node.start_mark.index, node.end_mark.index, _quoted(new)


def _quoted(text: str) -> str:
    """A value as YAML; words with a colon or a comma stand in quotes."""
    return f'"{text}"' if any(c in text for c in ":,#{}[]") else text


def _child(node: Any, key: str) -> Any:
    if not isinstance(node, yaml.MappingNode):
        return None
    return next((value for name, value in node.value if name.value == key), None)
