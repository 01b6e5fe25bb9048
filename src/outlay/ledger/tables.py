"""The tables of the ledger and their columns, in the order in which they are stored."""

from dataclasses import dataclass

from outlay.model.charge import DELIVERED, Column, focus_columns
from outlay.model.dimensions import ATTRIBUTED
from outlay.model.event import BEFORE, CALL, FLAGS, HOURLY_SUBJECTS, KEYS, PRICED, SUBJECTS, SUMS
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
    *(
        Column(n, "text")
        for n in ("x_TokenDirection", "x_TokenCacheAction", "x_ProcessingTier", "x_PriceId", "x_Unpriced")
    ),
    Column("x_RequestCount", "count"),
)
COSTS: tuple[Column, ...] = (*CHARGES, *DERIVED)

# Where a row of a file that is no charge came from.
EVIDENCE = tuple(c for c in DELIVERED if c.name in ("x_SourceSystem", "x_SourceVersion", "x_FileId", "x_RowId"))
KEPT_AS = tuple(c for c in DELIVERED if c.name in ("x_LoadId", "x_DeliveryId"))
CALLS: tuple[Column, ...] = (*CALL, *EVIDENCE)
# Each file of calls is a delivery: the journal knows its name and its source.
TRACED = tuple(c for c in DELIVERED if c.name in ("x_DeliveryId", "x_RowId"))
EVENTS: tuple[Column, ...] = (
    *(c for c in CALL if c.name != "uncached"),
    *TRACED,
    *PRICED,
    *BEFORE,
    Column("x_DeriveId", "text"),
)
_SUMMED = (
    *(Column(name, "count") for name in ("events", "requests", *SUMS)),
    *(Column(name, "money") for name in ("list_cost", "cost", "stated_cost")),
    Column("x_DeliveryId", "text"),
    Column("x_DeriveId", "text"),
)
_KEYS = tuple(Column(name, "flag" if name in FLAGS else "text") for name in KEYS)
ROLLUP_HOUR = (Column("hour", "time"), *_KEYS, *(Column(n, "text") for n in HOURLY_SUBJECTS), *_SUMMED)
ROLLUP_TENANT_DAY = (Column("day", "time"), *_KEYS, *(Column(n, "text") for n in SUBJECTS), *_SUMMED)
# The prices that events were priced with: one row for each unit of a rate.
PRICES = (
    *(
        Column(n, "text")
        for n in ("rate_id", "unit", "price_id", "provider", "model", "tier", "region", "currency", "kind")
    ),
    Column("above", "count"),
    Column("first_day", "text"),
    Column("until_day", "text"),
    Column("price", "price"),
    Column("per", "count"),
    Column("source", "text"),
    Column("learnt", "text"),
)

_FACTS = (*EVIDENCE, *KEPT_AS)
OUTCOMES = (
    Column("day", "time"),
    *(Column(n, "text") for n in ("feature", "tenant", "team")),
    *(Column(n, "count") for n in ("attempts", "successes", "escalations")),
    Column("value", "money"),
    Column("currency", "text"),
)
QUALITY = (
    Column("day", "time"),
    *(Column(n, "text") for n in ("model", "feature", "metric")),
    Column("score", "quantity"),
)

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
    Column("shape", "text"),
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
OUTCOME = Shape("outcome", (*OUTCOMES, *EVIDENCE), ("day", "feature", "attempts", "successes"))
SCORE = Shape("score", (*QUALITY, *EVIDENCE), ("day", "model", "score"))

TABLES: dict[str, tuple[Column, ...]] = {
    "journal": JOURNAL,
    "charges": CHARGES,
    "costs": COSTS,
    "problems": PROBLEMS,
    "events": EVENTS,
    "rollup_hour": ROLLUP_HOUR,
    "rollup_tenant_day": ROLLUP_TENANT_DAY,
    "prices": PRICES,
    "outcomes": (*OUTCOMES, *_FACTS),
    "quality": (*QUALITY, *_FACTS),
}
# One file holds what one load delivered, or what one derivation made, of however many scopes.
PARTITIONS = {
    **dict.fromkeys(("charges", "outcomes", "quality"), "x_LoadId"),
    **dict.fromkeys(("costs", "events", "rollup_hour", "rollup_tenant_day"), "x_DeriveId"),
}
# What a live delivery has rows in, by the shape of what it delivered.
HOLDS: dict[str, tuple[str, ...]] = {
    "charge": ("charges", "costs"),
    "event": ("events", "rollup_hour", "rollup_tenant_day"),
    "outcome": ("outcomes",),
    "score": ("quality",),
}
