"""The columns of an AWS report under one name each, and what its lines are by their type and part."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from outlay.model.charge import quoted
from outlay.sources.source import Sample

NULL = "CAST(NULL AS VARCHAR)"

# SQL about a line: `cur_type` is its delivered type. `cur_part` is 0 for the line itself, 1 for the row of what was not
# used of a commitment, 2 for the row that carries the cost of a fee that buys none.
COMMITMENT_FEES = "('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee')"
COVERED, NEGATION = "cur_type = 'SavingsPlanCoveredUsage'", "cur_type = 'SavingsPlanNegation'"
UNUSED, ACCRUED = "cur_part = 1", "cur_part = 2"
CHARGE_CATEGORY = """CASE WHEN cur_part > 0 OR cur_type = 'Refund' OR cur_type LIKE '%Usage' THEN 'Usage'
  WHEN cur_type LIKE '%Fee' THEN 'Purchase' WHEN cur_type = 'Tax' THEN 'Tax'
  WHEN cur_type = 'Credit' OR cur_type LIKE '%Discount' THEN 'Credit' ELSE 'Adjustment' END"""


@dataclass(frozen=True, slots=True)
class Lines:
    """The columns of a report by their name in CUR 2.0; `lineItem/UsageType` is `line_item_usage_type`."""

    delivered: Mapping[str, str]
    empty_is_null: bool

    def has(self, *names: str) -> bool:
        """Whether the report has every one of these columns."""
        return all(_bare(name) in self.delivered for name in names)

    def raw(self, name: str) -> str:
        """The SQL of a column as delivered, NULL if the report lacks it."""
        found = self.delivered.get(_bare(name))
        return NULL if found is None else quoted(found)

    def text(self, *names: str) -> str:
        """The SQL of the first of some columns that has a value, as text."""
        found = [self.raw(n) for n in names if self.has(n)]
        texts = [f"nullif(CAST({f} AS VARCHAR), '')" if self.empty_is_null else f for f in found]
        return f"coalesce({', '.join(texts)})" if texts else NULL

    def map_text(self, name: str) -> str:
        """The JSON text of a map column, delivered as JSON text or as a map."""
        raw = self.raw(name)
        text, made = f"CAST({raw} AS VARCHAR)", f"CAST(to_json({raw}) AS VARCHAR)"
        return f"CASE WHEN typeof({raw}) = 'VARCHAR' THEN {text} ELSE {made} END"

    def product(self, *keys: str) -> str:
        """The first value among attributes of the product, from their own columns or the product map."""
        own = self.text(*(f"product_{k}" for k in keys))
        if not self.has("product"):
            return own
        parsed = f"TRY_CAST({self.map_text('product')} AS JSON)"
        values = [f"nullif(json_extract_string({parsed}, '$.{k}'), '')" for k in keys]
        return f"coalesce({', '.join((own, *values))})"


def lines(sample: Sample) -> Lines:
    """The columns of a report, found by their names."""
    return Lines({_bare(c): c for c in reversed(sample.columns)}, sample.format == "parquet")


def _bare(name: str) -> str:
    """A column name without case and separators, the same in every spelling of AWS."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
