"""Two files of one load that hold the same charges, such as one bill as CSV and as Parquet: it counts once."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from outlay.ledger.staged import Staged
from outlay.model.problem import Problem

if TYPE_CHECKING:
    import duckdb

# What stays the same when a bill is exported in another version or format, and differs between parts of a bill: files
# of two sub-accounts or teams can hold the same amounts.
SAME = (
    *("BillingAccountId", "SubAccountId", "BillingPeriodStart", "ChargePeriodStart", "BillingCurrency", "InvoiceId"),
    *("BilledCost", "EffectiveCost", "ConsumedQuantity", "ServiceName", "SkuId", "ResourceId", "RegionId"),
    *("ChargeDescription", "x_RecordKind", "json_extract(Tags, '$')"),
)
# A hash is cut, so that the sum of as many as there are rows fits.
FINGERPRINT = f"sum(CAST(hash({', '.join(SAME)}) >> 8 AS HUGEINT))"


def without_duplicates(
    connection: "duckdb.DuckDBPyConnection", staged: Sequence[Staged]
) -> tuple[list[Staged], list[Problem]]:
    """The files whose charges none before them has, and a problem for each of the others."""
    alike = Counter((file.source, file.rows) for file in {s.sha256: s for s in staged}.values())
    first: dict[object, Staged] = {}
    kept, problems = [], []
    for file in staged:
        several = file.rows and file.shape == "charge" and alike[file.source, file.rows] > 1
        mark = _mark(connection, file) if several else file.sha256
        first_file = first.setdefault(mark, file)
        # The very same file named twice counts once anyway.
        if first_file.sha256 == file.sha256:
            kept.append(file)
            continue
        what = f"holds the same {file.rows:,} charges as {first_file.path.name}; it was left out"
        hint = "name one of the two; if both count, load the other with --append-part"
        problems.append(Problem("W-LOAD-011", what, hint, file.path.name))
    return kept, problems


def _mark(connection: "duckdb.DuckDBPyConnection", file: Staged) -> object:
    """What two files with the same charges have in common."""
    found = connection.execute(f"SELECT {FINGERPRINT} FROM ({file.charges})").fetchall()
    return file.source, file.rows, found[0][0]
