"""A file as a table expression of DuckDB: the function that reads it, its options, and the SQL around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from outlay.ledger.engine import file_name
from outlay.model.charge import literal

HERE = "{table}"
# DuckDB's words for a line that ends in another way than those before it.
MIXED = "state machine"


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file as delivered: `function` over the file with `options`, or `around` alone where that is all.

    `around` is SQL with the function's call in the place of `{table}`.
    """

    function: str = ""
    path: Path = Path()
    options: Mapping[str, str] = field(default_factory=dict)
    around: str = HERE

    @property
    def sql(self) -> str:
        """The table expression."""
        options = (f"{name}={value}" for name, value in self.options.items())
        return self.around.replace(HERE, f"{self.function}({', '.join((file_name(self.path), *options))})")

    def inside(self, around: str) -> "Table":
        """The table with more SQL around it, in which it is `{table}`."""
        return replace(self, around=around.replace(HERE, self.around))

    def having(self, **options: str) -> "Table":
        """The table read with more options, or with other values of them; each value is SQL."""
        return replace(self, options={**self.options, **options})

    def numbered(self) -> "Table":
        """The rows of a Parquet file with their numbers as `file_row_number`."""
        return self.having(file_row_number="true")

    def keeping_rejects(self, name: str) -> "Table":
        """The rows of a CSV, with its lines that are no rows kept in the table `name`."""
        return self.having(store_rejects="true", rejects_table=literal(name), rejects_scan=literal(f"{name}_scan"))

    def lenient(self) -> "Table":
        """The rows of a CSV whose lines end in two ways, which DuckDB's strict mode cannot read."""
        return self.having(strict_mode="false")

    def is_mixed(self, error: Exception) -> bool:
        """Whether DuckDB stopped at a line that ends in another way than those before it."""
        return self.function == "read_csv" and MIXED in str(error) and "strict_mode" not in self.options


def text_table(function: str, path: Path, compressed: bool, **options: str) -> Table:
    """The table of a text file: what it holds says whether it is compressed, not its name."""
    return Table(function, path, {"compression": literal("gzip" if compressed else "none"), **options})
