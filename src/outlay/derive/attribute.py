"""Who caused a charge: ordered rules set dimensions from tags, accounts, names and days.

Rules run from top to bottom; what a rule has decided stays decided, and what a file delivered comes first.
`x_AttributionSource` tells for each dimension which rule it was.
"""

import json
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from outlay.derive.selection import column_of, condition, known
from outlay.model.charge import literal, quoted
from outlay.model.dimensions import ATTRIBUTED, dimension

if TYPE_CHECKING:
    import duckdb

ATTRIBUTED_COLUMNS = tuple(d.column for d in ATTRIBUTED)
NAMES = {d.column: d.name for d in ATTRIBUTED}


class AttributionRule(BaseModel):
    """One rule of `attribution:` in outlay.yaml."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    name: str
    set: str | dict[str, str]
    when: dict[str, str | list[str]] = Field(default_factory=dict)
    tag: str | list[str] | None = None
    from_column: str | None = None
    pattern: str | None = None
    map: dict[str, str] = Field(default_factory=dict)
    first: date | None = Field(default=None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "AttributionRule":
        named = [self.set] if isinstance(self.set, str) else list(self.set)
        for name in named:
            if known(name) not in ATTRIBUTED_COLUMNS:
                legal = ", ".join(d.name for d in ATTRIBUTED)
                raise ValueError(f"a rule cannot set {name}; it can set {legal}")
        if isinstance(self.set, str) and (self.tag is None) == (self.from_column is None):
            raise ValueError("a rule that sets one dimension reads it from `tag` or from `from_column`")
        if self.pattern is not None and not _has_value(self.pattern):
            raise ValueError("the pattern needs a group (?P<value>...)")
        for name in [*self.when, *([self.from_column] if self.from_column else [])]:
            known(name)
        return self

    @property
    def tags(self) -> list[str]:
        """The tag keys to look for, best first."""
        return [] if self.tag is None else [self.tag] if isinstance(self.tag, str) else list(self.tag)


def _has_value(pattern: str) -> bool:
    try:
        return "value" in re.compile(pattern).groupindex
    except re.error as error:
        raise ValueError(f"not a pattern: {error}") from error


def attribute(connection: "duckdb.DuckDBPyConnection", charges: str, rules: Sequence[AttributionRule]) -> str:
    """The charges with every dimension that the rules can tell, as a relation with the same rows and sums."""
    keys = _tag_keys(connection, charges, rules)
    paths = [f'$."{key}"' for names in keys.values() for key in names if '"' not in key]
    tags = f"json_extract_string(Tags, {_sql_list(paths)})" if paths else "CAST([] AS VARCHAR[])"
    sources = ", ".join(
        f"CASE WHEN {quoted(c)} IS NOT NULL THEN 0 END AS {quoted('_by_' + c)}" for c in ATTRIBUTED_COLUMNS
    )
    relation = f"(SELECT *, {tags} AS _tags, {sources} FROM {charges})"
    for wave in _waves(rules):
        relation = _apply(relation, wave, keys, paths)
    return _told(relation, rules)


Wave = list[tuple[int, AttributionRule]]


def _waves(rules: Sequence[AttributionRule]) -> list[Wave]:
    """The rules in order, cut where one looks at a dimension that an earlier one of the same wave may set.

    Within a wave each dimension is one flat CASE; a layer per rule would nest and be evaluated again and again.
    """
    waves: list[Wave] = [[]]
    for position, rule in enumerate(rules, 1):
        looked = {column_of(name) for name in (*rule.when, *([rule.from_column] if rule.from_column else []))}
        if looked & {column for _, earlier in waves[-1] for column in _columns(earlier)}:
            waves.append([])
        waves[-1].append((position, rule))
    return [wave for wave in waves if wave]


def _columns(rule: AttributionRule) -> list[str]:
    """The columns that a rule sets."""
    return [dimension(n).column for n in ([rule.set] if isinstance(rule.set, str) else rule.set)]


def _apply(relation: str, wave: Wave, keys: dict[str, list[str]], paths: list[str]) -> str:
    """A wave of rules on top of the relation: a value where none is decided yet."""
    values: dict[str, list[str]] = {}
    deciders: dict[str, list[str]] = {}
    for position, rule in wave:
        test = condition(rule.when, rule.first, rule.until)
        for name, value in _values(rule, keys, paths).items():
            column = dimension(name).column
            values.setdefault(column, []).append(f"WHEN {test} AND ({value}) IS NOT NULL THEN {value}")
            deciders.setdefault(column, []).append(f"WHEN {test} AND ({value}) IS NOT NULL THEN {position}")
    replaced = []
    for column, cases in values.items():
        name, by = quoted(column), quoted("_by_" + column)
        replaced.append(f"CASE WHEN {name} IS NOT NULL THEN {name} {' '.join(cases)} END AS {name}")
        replaced.append(f"CASE WHEN {name} IS NOT NULL THEN {by} {' '.join(deciders[column])} END AS {by}")
    return f"(SELECT * REPLACE ({', '.join(replaced)}) FROM {relation})"


def _values(rule: AttributionRule, keys: dict[str, list[str]], paths: list[str]) -> dict[str, str]:
    """The SQL value of each dimension that a rule sets."""
    if isinstance(rule.set, dict):
        return {name: literal(value) for name, value in rule.set.items()}
    if rule.from_column is not None:
        found = f"CAST({quoted(column_of(rule.from_column))} AS VARCHAR)"
    else:
        at = [paths.index(f'$."{k}"') + 1 for tag in rule.tags for k in keys[tag] if f'$."{k}"' in paths]
        found = f"coalesce({', '.join(f'_tags[{i}]' for i in at)}, NULL)" if at else "CAST(NULL AS VARCHAR)"
    if rule.pattern is not None:
        group = re.compile(rule.pattern).groupindex["value"]
        found = f"regexp_extract({found}, {literal(rule.pattern)}, {group})"
    return {rule.set: _mapped(f"nullif(trim({found}), '')", rule.map)}


def _mapped(value: str, names: dict[str, str]) -> str:
    """The value under the name that the rule's map gives it, compared without case."""
    if not names:
        return value
    cases = " ".join(f"WHEN {literal(old.lower())} THEN {literal(new)}" for old, new in names.items())
    return f"CASE lower({value}) {cases} ELSE {value} END"


def _tag_keys(
    connection: "duckdb.DuckDBPyConnection", charges: str, rules: Sequence[AttributionRule]
) -> dict[str, list[str]]:
    """For each tag that the rules name: the keys of the bill that spell it, whatever case or spaces they have."""
    wanted = {tag for rule in rules for tag in rule.tags}
    if not wanted:
        return {}
    rows = connection.execute(
        f"SELECT DISTINCT unnest(json_keys(Tags)) FROM (SELECT DISTINCT Tags FROM {charges} WHERE Tags IS NOT NULL)"
    ).fetchall()
    present = sorted(row[0] for row in rows)
    return {
        tag: sorted((k for k in present if k.strip().lower() == tag.strip().lower()), key=lambda k: (k != tag, k))
        for tag in wanted
    }


def _told(relation: str, rules: Sequence[AttributionRule]) -> str:
    """The relation without its working columns, each decision told as `dimension=rule`."""
    names = ["delivered", *(rule.name for rule in rules)]
    sets = {column for rule in rules for column in _columns(rule)}
    labels = _sql_list([json.dumps(n)[1:-1] for n in names])
    parts: list[Any] = [
        f"{literal(NAMES[c] + '=')} || {labels}[{quoted('_by_' + c)} + 1]" for c in ATTRIBUTED_COLUMNS if c in sets
    ]
    told = f"nullif(concat_ws('; ', {', '.join(parts)}), '')" if parts else "CAST(NULL AS VARCHAR)"
    working = ", ".join(["_tags", *(quoted("_by_" + c) for c in ATTRIBUTED_COLUMNS)])
    return f"(SELECT * EXCLUDE ({working}), {told} AS x_AttributionSource FROM {relation})"


def _sql_list(values: Sequence[str]) -> str:
    return "[" + ", ".join(literal(v) for v in values) + "]"
