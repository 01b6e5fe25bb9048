"""The invoice, split by what caused it: billed rows of model APIs become one row per team, feature and tenant.

The weights are the metered tokens of the same model, class and project in the days of the row; where a row has no
tokens, the metered cost. What the bill has beyond that stays as a row of its own, `not metered`. Parts sum to the row
to the last digit.
"""

from typing import TYPE_CHECKING

from outlay.derive.parts import PARTS, part, running
from outlay.model.charge import quoted
from outlay.model.event import SUBJECTS
from outlay.model.layers import ABOUT_MODELS
from outlay.model.providers import title_sql
from outlay.model.token_classes import BILLED_CLASS, CLASSES, bare_model, billed_tokens, metered_tokens

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
    *("_first", "_until", "x_Team", "x_Feature", "x_Environment"),
)
# Metering is added up by days of UTC: the hours of a day are split alike, and so is a day that begins elsewhere.
DAYS = """date_trunc('day', ChargePeriodStart) AS _first,
  greatest(date_trunc('day', ChargePeriodEnd), date_trunc('day', ChargePeriodStart) + INTERVAL 1 DAY) AS _until"""
# The metered tokens of the class that a billed row is about.
TOKENS = " ".join(f"WHEN '{kind}' THEN {metered_tokens(kind)}" for kind in CLASSES)
MICRO = 1_000_000


def split_by_metering(connection: "duckdb.DuckDBPyConnection", charges: str, days: str) -> str:
    """The relation `charges` with the rows of model APIs split by the rollup `days`; the sums stay.

    Those rows are few and become many: they are kept as a table, so that what follows does not split them again.
    """
    connection.execute(f"CREATE OR REPLACE TEMP TABLE of_models AS SELECT *, {DAYS} FROM {charges} WHERE {SPLITTABLE}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {_groups('of_models')}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE metered_days AS {_named(days)}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE metered_weights AS {_weights()}")
    parts = running("metered_weights", ["number"], [*TARGETS, "how"])
    connection.execute(f"CREATE OR REPLACE TEMP TABLE metered_parts AS {parts}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE parts_of_models AS {_parted('of_models')}")
    others = f"SELECT * FROM {charges} WHERE NOT coalesce({SPLITTABLE}, false)"
    return f"({others} UNION ALL BY NAME SELECT * FROM parts_of_models)"


def _groups(charges: str) -> str:
    """Rows that are split alike, with what they have together: tokens, or money."""
    keys = ", ".join(quoted(c) for c in ALIKE)
    return (
        f"SELECT row_number() OVER () AS number, {keys}, {bare_model('x_ModelId')} AS model, "
        f"any_value({BILLED_CLASS}) AS class, "
        f"bool_and({billed_tokens()} IS NOT NULL AND x_TokenDirection IS NOT NULL) AS in_tokens, "
        f"CAST(sum({billed_tokens()}) AS DECIMAL(38,12)) AS tokens, "
        f"sum(BilledCost) AS billed, sum(EffectiveCost) AS effective "
        f"FROM {charges} GROUP BY {keys}"
    )


def _named(days: str) -> str:
    """The rollup with names as bills have them. Where no project is one of the bills, it is a name of another kind."""
    of_bills = "SELECT DISTINCT ServiceProviderName AS provider, SubAccountId AS project FROM alike"
    named = f"SELECT * REPLACE ({title_sql('provider')} AS provider, {bare_model('model')} AS model) FROM {days}"
    of_calls = "SELECT DISTINCT provider, project FROM named"
    return (
        f"WITH named AS MATERIALIZED ({named}), "
        f"known AS (SELECT provider FROM ({of_calls}) SEMI JOIN ({of_bills}) USING (provider, project)) "
        "SELECT * REPLACE (CASE WHEN provider IN (FROM known) THEN project END AS project) FROM named"
    )


def _weights() -> str:
    """The weight of each target in each group, and that of what nothing metered explains."""
    targets = ", ".join(f"m.{t}" for t in TARGETS)
    money = f"CAST(coalesce(m.cost, 0) * {MICRO} AS HUGEINT)"
    weight = f"CASE WHEN in_tokens THEN CASE g.class {TOKENS} END ELSE {money} END"
    mine = {"x_Team": "team", "x_Feature": "feature", "x_Environment": "environment"}
    fits = " AND ".join(f"(g.{own} IS NULL OR m.{name} IS NULL OR g.{own} = m.{name})" for own, name in mine.items())
    metered = (
        f"SELECT g.number, {targets}, sum({weight}) AS w, "
        "bool_and(in_tokens OR m.currency = g.BillingCurrency) AS same "
        f"FROM alike AS g JOIN metered_days AS m ON m.provider = g.ServiceProviderName "
        "AND (g.x_ModelId IS NULL OR m.model = g.model) AND m.day >= g._first AND m.day < g._until "
        f"AND (m.project IS NULL OR g.SubAccountId IS NULL OR m.project = g.SubAccountId) AND {fits} GROUP BY ALL"
    )
    unknown = ", ".join(f"CAST(NULL AS VARCHAR) AS {t}" for t in TARGETS)
    # A row without tokens is compared by the money that it moves: the accrual, or the cash where that is 0. Money of
    # another currency tells who caused it, and not how much of it.
    whole = f"CASE WHEN in_tokens THEN tokens ELSE greatest(effective, billed) * {MICRO} END"
    rest = (
        f"SELECT g.number, {unknown}, CAST(greatest(any_value({whole}) - sum(w), 0) AS HUGEINT) AS w, "
        f"bool_and(same) AS same, "
        f"'{NOT_METERED}' AS how FROM alike AS g JOIN metered USING (number) GROUP BY g.number"
    )
    return (
        f"WITH metered AS ({metered}), several AS (SELECT *, '{METERED}' AS how FROM metered WHERE w > 0) "
        f"SELECT * EXCLUDE (same) FROM (SELECT * FROM several UNION ALL BY NAME {rest}) "
        f"WHERE how = '{METERED}' OR coalesce(same, true)"
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
        f"SELECT c.* EXCLUDE (_first, _until) REPLACE ({replaced}) FROM {charges} AS c JOIN alike AS g ON {keys} "
        "LEFT JOIN metered_parts AS w ON w.number = g.number"
    )
