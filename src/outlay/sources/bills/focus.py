"""FOCUS 1.0, 1.1, 1.2, 1.3 and 1.4 exports, from any provider.

The version is read from the columns that each version added or dropped. Columns that FOCUS does not know are
kept with the row as `x_Extra`.
"""

from outlay.model.charge import DELIVERED, Column, columns_of, focus_columns, literal, quoted
from outlay.model.dimensions import ATTRIBUTED
from outlay.sources.source import Check, Reading, Sample, Source
from outlay.sources.texts import is_object

# What every version has and no other format does; a file that lacks some of the rest still is FOCUS.
MARKS = ("BilledCost", "ChargePeriodStart", "BillingPeriodStart")
EXTRAS = ("x_Layer", "x_AiKind", "x_Waste")
TIME_FORM = "____-__-__T__:__:__Z"
PROVIDERS = ("ServiceProviderName", "ProviderName", "PublisherName", "InvoiceIssuerName")


def detect(sample: Sample) -> str | None:
    """The FOCUS version whose own columns the file has, or None."""
    if not sample.has(*MARKS):
        return None
    if sample.has("InvoiceDetailId") or (sample.has("ServiceProviderName") and not sample.has("ProviderName")):
        return "1.4"
    if sample.has("ServiceProviderName"):
        return "1.3"
    if sample.has("BillingAccountType") or sample.has("PricingCurrency") or sample.has("InvoiceId"):
        return "1.2"
    return "1.1" if sample.has("SkuMeter") or sample.has("ServiceSubcategory") else "1.0"


def read(sample: Sample, version: str) -> Reading:
    """Every column under its own name; the service provider of 1.0 to 1.2 is the ProviderName."""
    known = {c.name: sample.sql(c.name) for c in (*focus_columns(), *_ours()) if sample.column(c.name)}
    present = [sample.sql(p) for p in PROVIDERS if sample.column(p)]
    if present:
        known["ServiceProviderName"] = f"coalesce({', '.join(present)})"
    extra = [c for c in sample.columns if c.lower() not in {k.lower() for k in known}]
    checks: tuple[Check, ...] = ()
    made = {"x_Extra"} if extra else set[str]()
    if extra:
        pairs = ", ".join(f"{literal(c)}: CAST({quoted(c)} AS VARCHAR)" for c in extra)
        own = sample.column("x_Extra")
        known["x_Extra"] = _joined(own, f"to_json({{{pairs}}})")
        checks = (_unreadable(own),) if own else ()
    lacking = tuple(c.name for c in columns_of(version) if c.level == "mandatory" and not sample.column(c.name))
    return Reading(
        columns=known, version=version, time_form=TIME_FORM, lacking=lacking, checks=checks, made=frozenset(made)
    )


def _joined(delivered: str | None, extra: str) -> str:
    """Columns that FOCUS does not know, beside those that an export of ours kept already."""
    if delivered is None:
        return f"CAST({extra} AS VARCHAR)"
    text = f"CAST({quoted(delivered)} AS VARCHAR)"
    kept = f"CASE WHEN {is_object(text)} THEN {text} ELSE '{{}}' END"
    return f"CAST(json_merge_patch({kept}, {extra}) AS VARCHAR)"


def _unreadable(delivered: str) -> Check:
    """The rule that an `x_Extra` that a file brings is an object: what cannot be read is not among what is kept."""
    text = f"CAST({quoted(delivered)} AS VARCHAR)"
    hint = 'write {"key": "value"}; the row was loaded without it'
    return Check("E-ROW-005", "not a JSON object", hint, delivered, f"{text} IS NOT NULL AND NOT {is_object(text)}")


def _ours() -> tuple[Column, ...]:
    """Columns of ours that a file may bring: what outlay itself exports."""
    kept = [c for c in DELIVERED if c.name in ("x_RecordKind", "x_MeteredCost", "x_PlannedCost", "x_Extra")]
    dims = [Column(d.column, "text") for d in ATTRIBUTED]
    return (*kept, *dims, *(Column(name, "text") for name in EXTRAS))


SOURCE = Source("focus", "FOCUS 1.0 to 1.4 (CSV, csv.gz, Parquet)", detect, read, tuple((m,) for m in MARKS))
