"""Why a question found nothing: the days that the ledger holds, and the values of a filter that it does not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from outlay.ledger.query import Term
from outlay.model.charge import quoted
from outlay.model.dimensions import Dimension
from outlay.model.period import Period

if TYPE_CHECKING:
    import duckdb

WILDCARDS = frozenset("*?[")
CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Missing:
    """A value of a filter that no charge has, and values that some have and that are written nearly so."""

    dimension: Dimension
    value: str
    near: tuple[str, ...]


def held_days(connection: "duckdb.DuckDBPyConnection", costs: str) -> dict[str, Period]:
    """The first to the last day on which charges begin, for each kind of record; empty for an empty ledger."""
    day = "CAST(ChargePeriodStart AT TIME ZONE 'UTC' AS DATE)"
    sql = f"SELECT x_RecordKind, min({day}), max({day}) FROM {costs} GROUP BY 1 ORDER BY 1"
    return {kind: Period(first, last + timedelta(days=1)) for kind, first, last in connection.execute(sql).fetchall()}


def missing_values(connection: "duckdb.DuckDBPyConnection", costs: str, terms: Sequence[Term]) -> Iterator[Missing]:
    """The values that a filter asks for by name and no charge has."""
    for term in terms:
        for value in term.values:
            if value and not term.negated and not WILDCARDS & set(value):
                found = _alike(connection, costs, term.dimension, value.lower())
                if value.lower() not in found:
                    near = get_close_matches(value.lower(), found, n=3)
                    yield Missing(term.dimension, value, tuple(found[n] for n in near))


def _alike(connection: "duckdb.DuckDBPyConnection", costs: str, asked: Dimension, value: str) -> dict[str, str]:
    """The values of a dimension that are most like `value`, in small letters and as they are.

    A ledger can have millions of resources: the engine picks those worth a comparison letter by letter.
    """
    column = quoted(asked.column)
    sql = (
        f"SELECT DISTINCT {column} FROM {costs} WHERE {column} IS NOT NULL "
        f"ORDER BY lower({column}) = ? DESC, jaro_winkler_similarity(lower({column}), ?) DESC, 1 LIMIT {CANDIDATES}"
    )
    return {row[0].lower(): row[0] for row in connection.execute(sql, [value, value]).fetchall()}
