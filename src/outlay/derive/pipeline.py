"""From charges to costs: named stages in one order, none of which changes a sum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outlay.derive.attribute import AttributionRule, attribute
from outlay.derive.classify import classify
from outlay.derive.correct import Correction, correct
from outlay.derive.models import name_models
from outlay.derive.reconcile import split_by_metering
from outlay.derive.split import SplitRule, split
from outlay.model.charge import COSTS, quoted
from outlay.model.problem import LedgerError
from outlay.prices.names import Names

if TYPE_CHECKING:
    import duckdb

MONEY = (*COSTS, "x_MeteredCost", "x_PlannedCost")


@dataclass(frozen=True, slots=True)
class Context:
    """What the stages need beside the charges: the rules, and the costs of the rest of the ledger.

    `names` are those of the price book, `metered` the rollup of days where calls are metered.
    """

    corrections: Sequence[Correction] = field(default=())
    attribution: Sequence[AttributionRule] = field(default=())
    splits: Sequence[SplitRule] = field(default=())
    others: str | None = None
    names: Names | None = None
    metered: str | None = None


# What only metered charges have.
OF_METERING = (
    "CAST(NULL AS VARCHAR) AS x_PriceId, CAST(NULL AS VARCHAR) AS x_Unpriced, CAST(NULL AS BIGINT) AS x_RequestCount"
)
Stage = Callable[["duckdb.DuckDBPyConnection", str, Context], str]


def _classify(connection: "duckdb.DuckDBPyConnection", charges: str, _: Context) -> str:
    classify(connection, charges, "classified")
    return "classified"


def _correct(_: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return correct(charges, context.corrections)


def _name_models(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return name_models(connection, charges, context.names or Names(()))


def _reconcile(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return split_by_metering(connection, charges, context.metered) if context.metered else charges


def _attribute(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return attribute(connection, charges, context.attribution)


def _split(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return split(connection, charges, context.splits, context.others)


STAGES: tuple[tuple[str, Stage], ...] = (
    ("classify", _classify),
    ("correct", _correct),
    ("models", _name_models),
    ("attribute", _attribute),
    ("reconcile", _reconcile),
    ("split", _split),
)


def unsplit(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    """The relation `charges` as it is before shared cost is split, kept apart from what `derive` makes."""
    relation = charges
    for _, stage in STAGES[:-1]:
        relation = stage(connection, relation, context)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE unsplit AS SELECT * EXCLUDE (Tags, x_Extra) FROM {relation}")
    return "unsplit"


def derive(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    """The costs of the relation `charges`, as a relation with the same sums; `check` proves it once it is written."""
    relation = charges
    for _, stage in STAGES:
        relation = stage(connection, relation, context)
    return f"(SELECT *, {OF_METERING} FROM {relation})"


def check(connection: "duckdb.DuckDBPyConnection", charges: str, costs: str, context: Context) -> None:
    """Compare the sums of written costs with those of their charges. Raises `LedgerError` naming the guilty stage."""
    before = _sums(connection, charges)
    if (after := _sums(connection, costs)) == before:
        return
    guilty, relation = "writing", charges
    for name, stage in STAGES:
        relation = stage(connection, relation, context)
        if _sums(connection, relation) != before:
            guilty = name
            break
    raise LedgerError("E-DERIVE-001", f"the stage {guilty} changed a sum: {before} became {after}", "report this")


def _sums(connection: "duckdb.DuckDBPyConnection", relation: str) -> list[tuple[object, ...]]:
    sums = ", ".join(f"sum({quoted(c)})" for c in MONEY)
    return connection.execute(f"SELECT BillingCurrency, {sums} FROM {relation} GROUP BY 1 ORDER BY 1").fetchall()
