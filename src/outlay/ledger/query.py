"""Safe composition of queries: dimensions come from a table of names, values are bound parameters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from outlay.model.charge import quoted
from outlay.model.dimensions import Dimension, dimension
from outlay.model.period import Period
from outlay.model.problem import InputError

TERM = re.compile(r"(?P<name>[A-Za-z][\w-]*)(?P<operator>!=|:|=)(?P<value>\"[^\"]*\"|\S*)")
SHORT = {"env": "environment", "ai_kind": "ai-kind"}


@dataclass(frozen=True, slots=True)
class Condition:
    """An SQL condition with `?` marks, and the values bound to them."""

    sql: str = "true"
    values: tuple[object, ...] = field(default=())

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"({self.sql}) AND ({other.sql})", (*self.values, *other.values))


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a filter: a dimension has one of these values, or with `negated` none of them; '' is no value."""

    dimension: Dimension
    values: tuple[str, ...]
    negated: bool = False

    @property
    def condition(self) -> Condition:
        """The term in SQL. Case does not matter; a charge without a value has only ''."""
        column = quoted(self.dimension.column)
        tests = " OR ".join("lower(COLUMN) GLOB ?".replace("COLUMN", column) for v in self.values if v)
        empty = " OR ".join(f"{column} IS NULL" for v in self.values if not v)
        sql = f"coalesce({' OR '.join(t for t in (tests, empty) if t)}, false)"
        bound = tuple(v.lower() for v in self.values if v)
        return Condition(f"NOT {sql}" if self.negated else sql, bound)


def parse_filter(text: str) -> Condition:
    """A filter such as `team:search model:gpt-*,claude-* env!=dev` as a condition; terms are joined by and."""
    condition = Condition()
    for term in parse_terms(text):
        condition = condition & term.condition
    return condition


def parse_terms(text: str) -> tuple[Term, ...]:
    """The terms of a filter. Raises `InputError` for what is none, or names no dimension."""
    terms, rest = [], text.strip()
    while rest:
        match = TERM.match(rest)
        if match is None:
            hint = 'write terms such as team:search model:gpt-* env!=dev; "quote values with spaces"'
            raise InputError("E-FILTER-001", f"not a filter: {rest!r}", hint)
        named = dimension(SHORT.get(match["name"], match["name"]))
        terms.append(Term(named, tuple(match["value"].strip('"').split(",")), match["operator"] == "!="))
        rest = rest[match.end() :].strip()
    return tuple(terms)


def in_period(period: Period) -> Condition:
    """Charges that begin in the period."""
    parts, values = [], []
    for bound, test in ((period.start, ">="), (period.end, "<")):
        if bound is not None:
            parts.append(f"ChargePeriodStart {test} CAST(? AS TIMESTAMPTZ)")
            values.append(f"{bound.isoformat()} 00:00:00+00")
    return Condition(" AND ".join(parts) or "true", tuple(values))


def parse_dimensions(text: str | Sequence[str], limit: int = 4) -> tuple[Dimension, ...]:
    """The dimensions named in `layer,team`; raises `InputError` when there are more than `limit` or one is unknown."""
    names = text.split(",") if isinstance(text, str) else list(text)
    found = tuple(dict.fromkeys(dimension(n) for n in names if n.strip()))
    if len(found) > limit:
        raise InputError("E-DIM-002", f"{len(found)} dimensions; at most {limit} at once", "drop the least needed")
    return found


def days_of(period: Period) -> int | None:
    """How many days a period has, None when it is open."""
    if period.start is None or period.end is None:
        return None
    return (period.end - period.start) // timedelta(days=1)
