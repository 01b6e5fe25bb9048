"""The tables of the ledger and their columns, in the order in which they are stored."""

from dataclasses import dataclass

from outlay.model.charge import DELIVERED, Column, focus_columns
from outlay.model.dimensions import ATTRIBUTED
from outlay.model.event import CALL, PRICED
from outlay.model.layers import MEANINGS

# Dimension columns that a file brings are kept as delivered in `charges`; `costs` holds the resolved ones.
DIMENSION_COLUMNS = tuple(Column(name, "text") for name in (*MEANINGS, *(d.column for d in ATTRIBUTED)))
CHARGES: tuple[Column, ...] = (*focus_columns(), *DELIVERED, *DIMENSION_COLUMNS)

DERIVED = (
    Column("x_DeriveId", "text"),
    Column("x_GpuType", "text"),
    Column("x_GpuCount", "count"),
    Column("x_ClassifyRule", "text"),
    Column("x_Confidence", "text"),
    Column("x_NeedsReview", "flag"),
    Column("x_AttributionSource", "text"),
)
COSTS: tuple[Column, ...] = (*CHARGES, *DERIVED)

# Where a row of a file that is no charge came from.
EVIDENCE = tuple(c for c in DELIVERED if c.name in ("x_SourceSystem", "x_SourceVersion", "x_FileId", "x_RowId"))
KEPT_AS = tuple(c for c in DELIVERED if c.name in ("x_LoadId", "x_DeliveryId"))
CALLS: tuple[Column, ...] = (*CALL, *EVIDENCE)
EVENTS: tuple[Column, ...] = (*CALLS, *KEPT_AS, *PRICED, Column("x_DeriveId", "text"))

JOURNAL = (
    Column("entry_id", "text"),
    Column("recorded_at", "time"),
    Column("load_id", "text"),
    Column("kind", "text"),
    Column("scope_key", "text"),
    Column("source", "text"),
    Column("source_version", "text"),
    Column("account", "text"),
    Column("period_start", "text"),
    Column("part", "flag"),
    Column("delivery_id", "text"),
    Column("derive_id", "text"),
    Column("rules_hash", "text"),
    Column("content_hash", "text"),
    Column("inputs", "json"),
    Column("files", "json"),
    Column("coverage", "json"),
    Column("totals", "json"),
    Column("rounding", "json"),
    Column("rows", "count"),
    Column("problems", "count"),
)

PROBLEMS = (
    Column("recorded_at", "time"),
    Column("load_id", "text"),
    Column("code", "text"),
    Column("file", "text"),
    Column("line", "count"),
    Column("row", "count"),
    Column("column", "text"),
    Column("value", "text"),
    Column("message", "text"),
    Column("hint", "text"),
    Column("count", "count"),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the rows of a file become: their noun, their columns, and those without which a row is none."""

    noun: str
    columns: tuple[Column, ...]
    essential: tuple[str, ...]

    @property
    def with_article(self) -> str:
        """The noun with its article."""
        return f"an {self.noun}" if self.noun[0] in "aeiou" else f"a {self.noun}"


# Without these a row cannot be a charge: its money, its currency or its day would be a guess.
CHARGE = Shape("charge", CHARGES, ("BilledCost", "BillingCurrency", "ChargePeriodStart"))
EVENT = Shape("event", CALLS, ("time",))

TABLES: dict[str, tuple[Column, ...]] = {
    "journal": JOURNAL,
    "charges": CHARGES,
    "costs": COSTS,
    "problems": PROBLEMS,
}
# One file holds what one load delivered, or what one derivation made, of however many scopes.
PARTITIONS = {"charges": "x_LoadId", "costs": "x_DeriveId"}
