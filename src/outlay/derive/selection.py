"""Which charges a rule is about: dimension globs and a range of days, as SQL conditions."""

from collections.abc import Mapping
from datetime import date

from outlay.model.charge import focus_columns, literal, quoted
from outlay.model.dimensions import dimension
from outlay.model.problem import InputError

Globs = Mapping[str, str | list[str]]


def column_of(name: str) -> str:
    """The ledger column that a rule names: a dimension, or a FOCUS column by its own name."""
    if any(c.name == name for c in focus_columns()):
        return name
    return dimension(name).column


def known(name: str) -> str:
    """The ledger column that a rule names. Raises `ValueError`, which tells where in outlay.yaml it stands."""
    try:
        return column_of(name)
    except InputError as error:
        raise ValueError(f"{error.message}; {error.hint}") from error


def condition(when: Globs, first: date | None = None, until: date | None = None) -> str:
    """An SQL condition: every named dimension matches one of its globs (`*` and `?`, any case), in the days."""
    parts = [_matches(column_of(name), globs) for name, globs in when.items()]
    if first is not None:
        parts.append(f"ChargePeriodStart >= TIMESTAMPTZ {literal(f'{first} 00:00:00+00')}")
    if until is not None:
        parts.append(f"ChargePeriodStart < TIMESTAMPTZ {literal(f'{until} 00:00:00+00')} + INTERVAL 1 DAY")
    return " AND ".join(parts) or "true"


def _matches(column: str, globs: str | list[str]) -> str:
    patterns = [globs] if isinstance(globs, str) else globs
    if not patterns:
        raise InputError("E-RULE-001", f"no pattern for {column}", "name a value or a glob such as gpu-*")
    tests = [f"lower({quoted(column)}) GLOB {literal(str(p).lower())}" for p in patterns]
    return f"coalesce({' OR '.join(tests)}, false)"
