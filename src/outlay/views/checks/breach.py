"""A breach: rows that break one rule in one column, of one file and currency."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# The first row of each file stands for the others: its values are shown.
SUMMARY = (
    "SELECT code, coalesce(column_name, ''), currency, coalesce(file_id, ''), CAST(sum(n) AS BIGINT), sum(money), "
    "min(row_id), arg_min(value, row_id), arg_min(expected, row_id), min(value), max(value) "
    "FROM ({rows}) GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3 NULLS FIRST, 4"
)


@dataclass(frozen=True, slots=True)
class Breach:
    """Some rows that break the rule `code`; `value` and `expected` are those of the first row."""

    code: str
    column: str
    currency: str | None = None
    file_id: str = ""
    count: int = 0
    money: Decimal | None = None
    row: int | None = None
    value: str | None = None
    expected: str | None = None
    least: str | None = None
    greatest: str | None = None

    @property
    def examples(self) -> tuple[str, ...]:
        """Up to three values that break the rule, that of the first row first."""
        return tuple(dict.fromkeys(v for v in (self.value, self.least, self.greatest) if v is not None))


def summarise(connection: "duckdb.DuckDBPyConnection", rows: str) -> list[Breach]:
    """The rows that a check selects, gathered per rule, column, currency and file."""
    return [Breach(*values) for values in connection.execute(SUMMARY.format(rows=rows)).fetchall()]
