"""Scopes and coverage: what a delivery replaces, and what it says it covers."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outlay.model.charge import COSTS

if TYPE_CHECKING:
    import duckdb

# A scope is a source system, a billing account and a billing period.
SCOPE_SQL = (
    "left(md5(concat_ws(chr(31), x_SourceSystem, coalesce(BillingAccountId, ''), "
    "strftime(BillingPeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d'))), 16)"
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the files of one load say about one scope."""

    scope_key: str
    source: str
    source_version: str
    account: str
    period_start: str
    rows: int
    coverage: tuple[Mapping[str, Any], ...]
    totals: tuple[Mapping[str, Any], ...]
    rounding: tuple[Mapping[str, Any], ...]


def summarise(connection: "duckdb.DuckDBPyConnection", charges: str) -> list[Delivered]:
    """One `Delivered` per scope of the relation `charges` (which has `x_ScopeKey` and the `_r_` columns)."""
    sums = ", ".join(f"CAST(sum({c}) AS VARCHAR)" for c in COSTS)
    rounding = ", ".join(f"CAST(sum(_r_{c}) AS VARCHAR)" for c in COSTS)
    rows = connection.execute(
        f"SELECT x_ScopeKey, any_value(x_SourceSystem), max(x_SourceVersion), coalesce(BillingAccountId, ''), "
        f"strftime(BillingPeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d'), coalesce(ServiceProviderName, ''), "
        f"BillingCurrency, x_RecordKind, count(*), "
        f"strftime(min(ChargePeriodStart) AT TIME ZONE 'UTC', '%Y-%m-%d'), "
        f"strftime(max(ChargePeriodStart) AT TIME ZONE 'UTC', '%Y-%m-%d'), {sums}, {rounding} "
        f"FROM {charges} GROUP BY 1, 4, 5, 6, 7, 8 ORDER BY 4, 5, 6, 7, 8"
    ).fetchall()
    scopes: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        scopes.setdefault(row[0], []).append(row)
    return [_delivered(key, found) for key, found in scopes.items()]


def _delivered(key: str, rows: list[tuple[Any, ...]]) -> Delivered:
    first = rows[0]
    coverage = tuple(
        {"provider": r[5], "currency": r[6], "kind": r[7], "rows": r[8], "first_day": r[9], "last_day": r[10]}
        for r in rows
    )
    totals = tuple({"provider": r[5], "currency": r[6], **dict(zip(COSTS, r[11:15], strict=True))} for r in rows)
    rounding = tuple({"provider": r[5], "currency": r[6], **dict(zip(COSTS, r[15:19], strict=True))} for r in rows)
    count = sum(r[8] for r in rows)
    return Delivered(key, first[1], first[2], first[3], first[4], count, coverage, totals, rounding)


def content_hash(digests: Iterable[str]) -> str:
    """One name for the content of a delivery, whatever the order of its files."""
    return hashlib.sha256(json.dumps(sorted(set(digests))).encode()).hexdigest()[:32]


def missing_days(connection: "duckdb.DuckDBPyConnection", before: str, after: str) -> list[str]:
    """The days on which the relation `before` has charges and `after` has none, in order."""
    day = "strftime(ChargePeriodStart AT TIME ZONE 'UTC', '%Y-%m-%d')"
    sql = f"SELECT DISTINCT {day} FROM {before} EXCEPT SELECT DISTINCT {day} FROM {after} ORDER BY 1"
    return [row[0] for row in connection.execute(sql).fetchall()]
