"""The invoice, split by what caused it: billed rows of model APIs become one row per team, feature and tenant.

The weights are the metered tokens of the same model, class, project and period; where a row has no tokens, the metered
cost. What the bill has beyond that stays as a row of its own, `not metered`. Parts sum to the row to the last digit.
"""

from typing import TYPE_CHECKING

from outlay.derive.parts import PARTS, part, running
from outlay.model.charge import quoted
from outlay.model.event import CACHED, SUBJECTS
from outlay.model.layers import ABOUT_MODELS
from outlay.model.providers import title_sql

if TYPE_CHECKING:
    import duckdb

TARGETS = ("team", "feature", "tenant", "customer_tier", "environment")
COLUMNS = tuple(SUBJECTS[t] for t in TARGETS)
METERED, NOT_METERED = "metering", "not metered"
# Taxes, credits and fees are not caused by calls.
SPLITTABLE = f"{ABOUT_MODELS} AND x_RecordKind = 'billed' AND ChargeCategory = 'Usage' AND BilledCost IS NOT NULL"
# What two rows must share to be split alike.
ALIKE = (
    *("ServiceProviderName", "BillingCurrency", "x_ModelId", "x_TokenDirection", "x_TokenCacheAction", "SubAccountId"),
    *("ChargePeriodStart", "ChargePeriodEnd", "x_Team", "x_Feature", "x_Environment"),
)
IN_TOKENS = "lower(ConsumedUnit) LIKE '%token%' AND ConsumedQuantity IS NOT NULL AND x_TokenDirection IS NOT NULL"
IN_CACHE = " + ".join(f"coalesce(m.{name}, 0)" for name in CACHED)
# The metered tokens of the class that a billed row is about.
TOKENS = f"""CASE WHEN g.direction = 'Output' THEN coalesce(m.output, 0)
  WHEN g.action = 'Read' THEN coalesce(m.cache_read, 0)
  WHEN g.action = 'Write' THEN coalesce(m.cache_write_5m, 0) + coalesce(m.cache_write_1h, 0)
  ELSE coalesce(m.input, 0) - ({IN_CACHE}) END"""
MICRO = 1_000_000


def split_by_metering(connection: "duckdb.DuckDBPyConnection", charges: str, days: str) -> str:
    """The relation `charges` with the rows of model APIs split by the rollup `days`; the sums stay.

    Those rows are few and become many: they are kept as a table, so that what follows does not split them again.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE of_models AS SELECT * FROM {charges} WHERE {SPLITTABLE}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {_groups('of_models')}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE metered_weights AS {_weights(days)}")
    parts = running("metered_weights", ["number"], [*TARGETS, "how"])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE metered_parts AS {parts}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE parts_of_models AS {_parted('of_models')}")
    others = f"SELECT * FROM {charges} WHERE NOT coalesce({SPLITTABLE}, false)"
    return f"({others} UNION ALL BY NAME SELECT * FROM parts_of_models)"


def _groups(charges: str) -> str:
    """Rows that are split alike, with what they have together: tokens, or money."""
    keys = ", ".join(quoted(c) for c in ALIKE)
    return (
        f"SELECT row_number() OVER () AS number, {keys}, x_TokenDirection AS direction, x_TokenCacheAction AS action, "
        f"bool_and({IN_TOKENS}) AS in_tokens, sum(ConsumedQuantity) AS tokens, "
        f"sum(BilledCost) AS billed, sum(EffectiveCost) AS effective "
        f"FROM {charges} GROUP BY {keys}"
    )


def _weights(days: str) -> str:
    """The weight of each target in each group, and that of what nothing metered explains."""
    targets = ", ".join(f"m.{t}" for t in TARGETS)
    weight = f"CASE WHEN in_tokens THEN {TOKENS} ELSE CAST(coalesce(m.cost, 0) * {MICRO} AS HUGEINT) END"
    mine = {"x_Team": "team", "x_Feature": "feature", "x_Environment": "environment"}
    fits = " AND ".join(f"(g.{own} IS NULL OR m.{name} IS NULL OR g.{own} = m.{name})" for own, name in mine.items())
    metered = (
        f"SELECT g.number, {targets}, sum({weight}) AS w FROM alike AS g JOIN {days} AS m "
        f"ON {title_sql('m.provider')} = g.ServiceProviderName AND (g.x_ModelId IS NULL OR m.model = g.x_ModelId) "
        "AND m.day >= g.ChargePeriodStart AND m.day < g.ChargePeriodEnd "
        f"AND (m.project IS NULL OR g.SubAccountId IS NULL OR m.project = g.SubAccountId) AND {fits} GROUP BY ALL"
    )
    unknown = ", ".join(f"CAST(NULL AS VARCHAR) AS {t}" for t in TARGETS)
    # A row without tokens is compared by the money that it moves: the accrual, or the cash where that is 0.
    whole = f"CASE WHEN in_tokens THEN tokens ELSE greatest(effective, billed) * {MICRO} END"
    rest = (
        f"SELECT g.number, {unknown}, CAST(greatest(any_value({whole}) - sum(w), 0) AS HUGEINT) AS w, "
        f"'{NOT_METERED}' AS how FROM alike AS g JOIN metered USING (number) GROUP BY g.number"
    )
    return (
        f"WITH metered AS ({metered}), several AS (SELECT *, '{METERED}' AS how FROM metered WHERE w > 0) "
        f"SELECT * FROM several UNION ALL BY NAME {rest}"
    )


def _parted(charges: str) -> str:
    """The parts of every row, or the row itself where metering says nothing of it."""
    keys = " AND ".join(f"c.{quoted(k)} IS NOT DISTINCT FROM g.{quoted(k)}" for k in ALIKE)
    source = "CASE WHEN w.how IS NULL THEN c.x_AttributionSource ELSE concat_ws('; ', c.x_AttributionSource, w.how) END"
    said = "{'tokens': in_tokens, 'weight': CAST(w.w AS VARCHAR), 'of': CAST(w.whole AS VARCHAR)}"
    details = f"CAST(to_json({said}) AS VARCHAR)"
    changed = {
        **{column: f"coalesce(c.{column}, w.{name})" for name, column in zip(TARGETS, COLUMNS, strict=True)},
        "AllocatedMethodId": "coalesce(w.how, c.AllocatedMethodId)",
        "AllocatedMethodDetails": f"CASE WHEN w.how IS NULL THEN c.AllocatedMethodDetails ELSE {details} END",
        "x_AttributionSource": source,
    }
    replaced = ", ".join(
        [*(f"{part(name)} AS {quoted(name)}" for name in PARTS), *(f"{sql} AS {name}" for name, sql in changed.items())]
    )
    return (
        f"SELECT c.* REPLACE ({replaced}) FROM {charges} AS c JOIN alike AS g ON {keys} "
        "LEFT JOIN metered_parts AS w ON w.number = g.number"
    )
