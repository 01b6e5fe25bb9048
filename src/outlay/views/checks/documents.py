"""The checks that open JSON: nested keys and values, and columns that FOCUS does not know."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from outlay.model.charge import literal, quoted
from outlay.views.checks.breach import Breach, summarise

if TYPE_CHECKING:
    import duckdb

FLAT = ("Tags", "AllocatedTags", "SkuPriceDetails")
# Cheap words of suspicion come first: JSON is parsed only where a bracket stands inside the outer ones.
NESTED = """
SELECT 'D-TAGS' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, {name} AS column_name,
  left({column}, 200) AS value, NULL AS expected, BilledCost AS money, BillingCurrency AS currency
FROM {charges}
WHERE (strpos(substr({column}, 2), '{{') > 0 OR strpos({column}, '[') > 0)
  AND CASE WHEN json_valid({column}) THEN list_has_any(json_type({column}, '$.*'), ['OBJECT', 'ARRAY']) END
"""
EXTRA = """
SELECT x_FileId, count(*), min(x_RowId), arg_min(x_Extra, x_RowId) FROM {charges}
WHERE x_SourceSystem = 'focus' AND x_Extra IS NOT NULL GROUP BY 1 ORDER BY 1
"""


def check_documents(connection: "duckdb.DuckDBPyConnection", charges: str) -> Iterator[Breach]:
    """Every breach in the JSON columns of the relation `charges`."""
    parts = [NESTED.format(charges=charges, column=quoted(c), name=literal(c)) for c in FLAT]
    yield from summarise(connection, " UNION ALL ".join(parts))
    # All rows of a file have the same columns, so that its first row names them.
    for file_id, count, row, extra in connection.execute(EXTRA.format(charges=charges)).fetchall():
        for name in json.loads(extra):
            if not name.startswith("x_"):
                yield Breach("D-COLUMN", name, None, file_id, count, None, row, name)
