"""Shared cost, split exactly: the rows of a shared owner are replaced by one row per target."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from outlay.derive.parts import PARTS, part, running
from outlay.derive.selection import condition, known
from outlay.model.charge import literal, quoted
from outlay.model.dimensions import dimension

if TYPE_CHECKING:
    import duckdb

MONTH = "date_trunc('month', ChargePeriodStart)"
MARK = "outlay:"
MONTHLY, VALUE = ("BillingCurrency", "month"), ("value",)


class SplitRule(BaseModel):
    """One rule of `split:` in outlay.yaml."""

    model_config = ConfigDict(extra="forbid")
    name: str
    when: dict[str, str | list[str]]
    to: str
    method: Literal["even", "proportional", "fixed"] = "proportional"
    weight: Literal["cost", "usage"] = "cost"
    unit: str | None = None
    among: list[str] = Field(default_factory=list)
    shares: dict[str, Decimal] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_sense(self) -> "SplitRule":
        for name in (self.to, *self.when):
            known(name)
        if self.method == "fixed" and not (self.shares and min(self.shares.values()) >= 0 < max(self.shares.values())):
            raise ValueError("a fixed split needs `shares`, none of them negative, not all of them 0")
        if self.method != "fixed" and self.shares:
            raise ValueError("`shares` belong to the method fixed")
        if self.weight == "usage" and not self.unit:
            raise ValueError("a split by usage needs the `unit` that is counted, such as Hours or Tokens")
        return self


def needs_ledger(rules: Sequence[SplitRule]) -> bool:
    """Whether the weights of any rule come from what the whole ledger holds."""
    return not all(_stated(rule) for rule in rules)


def split(connection: "duckdb.DuckDBPyConnection", charges: str, rules: Sequence[SplitRule], others: str | None) -> str:
    """The charges with shared rows replaced by their parts, as a relation with the same sums.

    Weights are the direct costs per currency and month, before any split, of `charges` and of `others`, the rest of
    the ledger: what this or an earlier rule shares weighs nothing. So the parts do not depend on which deliveries
    are derived together. Where no target has any weight, the shared rows stay as they are.
    """
    relation = charges
    for position, rule in enumerate(rules):
        table = f"split_{position}"
        if stated := _stated(rule):
            sums = _months_of(connection, rule, relation, stated, table)
        else:
            sums = _weighed(connection, rules[: position + 1], [r for r in (charges, others) if r], table)
        sums_of = f"{table}_sums"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {sums_of} AS {sums}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {running(sums_of, MONTHLY, VALUE)}")
        relation = _parted(relation, rule, table)
    return relation


def _stated(rule: SplitRule) -> dict[str, Decimal]:
    """The weights that a rule states itself; empty where they come from costs."""
    return rule.shares or (dict.fromkeys(rule.among, Decimal(1)) if rule.method == "even" else {})


def _months_of(
    connection: "duckdb.DuckDBPyConnection", rule: SplitRule, relation: str, stated: dict[str, Decimal], table: str
) -> str:
    """Stated weights (currency, month, value, w) for every month that has rows to split."""
    months = f"SELECT DISTINCT BillingCurrency, {MONTH} AS month FROM {relation} WHERE {condition(rule.when)}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {table}_months AS {months}")
    whole = sum(stated.values(), Decimal(0))
    values = ", ".join(f"({literal(v)}, {_integer(s, whole)})" for v, s in stated.items())
    return f"SELECT BillingCurrency, month, value, w FROM {table}_months, (VALUES {values}) AS t(value, w)"


def _weighed(
    connection: "duckdb.DuckDBPyConnection", rules: Sequence[SplitRule], relations: Sequence[str], table: str
) -> str:
    """The weights (currency, month, value, w) for the last of `rules`, in the rows that none of them shares."""
    rule = rules[-1]
    target = quoted(dimension(rule.to).column)
    needed = f"BillingCurrency, {MONTH} AS month, {target} AS value, {_weight(rule)} AS weight"
    shared = " OR ".join(f"({condition(earlier.when)})" for earlier in rules)
    direct = f"NOT ({shared}) AND coalesce(AllocatedMethodId NOT LIKE '{MARK}%', true)"
    # Materialised once: the dimensions are long expressions that a filter would evaluate again.
    both = " UNION ALL ".join(f"SELECT {needed}, {direct} AS direct FROM {r}" for r in relations)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_rows AS WITH found AS MATERIALIZED ({both}) "
        "SELECT BillingCurrency, month, value, direct, sum(weight) AS weight FROM found GROUP BY 1, 2, 3, 4"
    )
    weight = "1" if rule.method == "even" else "greatest(CAST(sum(weight) * 1000000 AS HUGEINT), 0)"
    kept = f"direct AND value IS NOT NULL{_among(rule)}"
    return f"SELECT BillingCurrency, month, value, {weight} AS w FROM {table}_rows WHERE {kept} GROUP BY 1, 2, 3"


def _weight(rule: SplitRule) -> str:
    if rule.weight == "usage":
        return f"CASE WHEN lower(ConsumedUnit) = {literal(str(rule.unit).lower())} THEN ConsumedQuantity ELSE 0 END"
    return "coalesce(EffectiveCost, 0)"


def _among(rule: SplitRule) -> str:
    return f" AND value IN ({', '.join(literal(v) for v in rule.among)})" if rule.among else ""


def _integer(share: Decimal, total: Decimal) -> int:
    return int(share * 10**12 / total)


def _parted(relation: str, rule: SplitRule, table: str) -> str:
    """Every row that the rule does not touch, and the parts of those that it does."""
    target = dimension(rule.to).column
    shared = f"(SELECT *, {MONTH} AS _month, {condition(rule.when)} AS _shared FROM {relation})"
    details = (
        f"CAST(to_json({{'rule': {literal(rule.name)}, 'method': {literal(rule.method)}, "
        f"'weight': CAST(w.w AS VARCHAR), 'of': CAST(w.whole AS VARCHAR)}}) AS VARCHAR)"
    )
    changed = {
        target: "w.value",
        "AllocatedMethodId": literal(MARK + rule.name),
        "AllocatedMethodDetails": details,
        "AllocatedResourceId": f"{literal(rule.to + '/')} || w.value",
        "AllocatedResourceName": "w.value",
        "x_AttributionSource": f"concat_ws('; ', c.x_AttributionSource, {literal(f'{rule.to}=split {rule.name}')})",
    }
    named = [f"CASE WHEN w.value IS NULL THEN c.{quoted(k)} ELSE {v} END AS {quoted(k)}" for k, v in changed.items()]
    replaced = ", ".join([*(f"{part(name)} AS {quoted(name)}" for name in PARTS), *named])
    return (
        f"(SELECT c.* EXCLUDE (_month, _shared) REPLACE ({replaced}) FROM {shared} AS c LEFT JOIN {table} AS w "
        f"ON c._shared AND w.month = c._month AND w.BillingCurrency = c.BillingCurrency)"
    )
