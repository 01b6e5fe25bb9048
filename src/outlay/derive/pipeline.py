"""From charges to costs: named stages in one order, none of which changes a sum."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outlay.derive.attribute import AttributionRule, attribute
from outlay.derive.classify import classify
from outlay.derive.split import SplitRule, split
from outlay.model.charge import COSTS, quoted
from outlay.model.problem import LedgerError

if TYPE_CHECKING:
    import duckdb

MONEY = (*COSTS, "x_MeteredCost", "x_PlannedCost")


@dataclass(frozen=True, slots=True)
class Context:
    """What the stages need beside the charges: the rules, and the costs of the rest of the ledger."""

    attribution: Sequence[AttributionRule] = field(default=())
    splits: Sequence[SplitRule] = field(default=())
    others: str | None = None


Stage = Callable[["duckdb.DuckDBPyConnection", str, Context], str]


def _classify(connection: "duckdb.DuckDBPyConnection", charges: str, _: Context) -> str:
    classify(connection, charges, "classified")
    return "classified"


def _attribute(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return attribute(connection, charges, context.attribution)


def _split(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    return split(connection, charges, context.splits, context.others)


STAGES: tuple[tuple[str, Stage], ...] = (("classify", _classify), ("attribute", _attribute), ("split", _split))


def derive(connection: "duckdb.DuckDBPyConnection", charges: str, context: Context) -> str:
    """The costs of the relation `charges`, as a relation. Raises `LedgerError` if a stage changed a sum."""
    before = _sums(connection, charges)
    relation = charges
    for name, stage in STAGES:
        relation = stage(connection, relation, context)
        after = _sums(connection, relation)
        if after != before:
            raise LedgerError("E-DERIVE-001", f"the stage {name} changed a sum: {before} became {after}", "report this")
    return relation


def _sums(connection: "duckdb.DuckDBPyConnection", relation: str) -> list[tuple[object, ...]]:
    sums = ", ".join(f"sum({quoted(c)})" for c in MONEY)
    return connection.execute(f"SELECT BillingCurrency, {sums} FROM {relation} GROUP BY 1 ORDER BY 1").fetchall()
