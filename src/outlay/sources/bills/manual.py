"""One plain CSV for what no cloud bills: labour, licences, GPU-cloud invoices, labelling, audits.

A row is one charge. With `spread_months: N` it becomes a purchase on its date, with an effective cost of 0, and N
monthly usage rows with a billed cost of 0, whose shares sum to the amount to the last digit. All of them keep the
billing period of the date, so that they stay in one delivery; their charge periods are the months covered.
"""

import csv
from functools import cache
from importlib.resources import files

from outlay.model.charge import literal, quoted
from outlay.model.layers import AI_KINDS, LAYER_NAMES
from outlay.sources.bills.manual_rows import (
    CATEGORIES,
    SPREADABLE,
    checks,
    delivered,
    listed,
    name_of_ours,
    relation,
    text,
)
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.texts import is_object

NEEDED = ("date", "amount")
NAMES = ("provider", "service", "description")
ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet")
# Delivered as they are: column of the file -> column of a charge.
PLAIN = {
    "provider": "ServiceProviderName",
    "description": "ChargeDescription",
    "region": "RegionId",
    "sub_account": "SubAccountId",
    "resource": "ResourceId",
    "invoice": "InvoiceId",
    "team": "x_Team",
    "project": "x_Project",
    "feature": "x_Feature",
    "tenant": "x_TenantId",
    "environment": "x_Environment",
    "phase": "x_Phase",
    "model": "x_ModelId",
}
OTHERS = (
    *("date", "until", "service", "amount", "currency", "quantity", "unit", "unit_price", "category"),
    *("layer", "ai_kind", "account", "tags", "spread_months"),
)
WHOLE, SPREAD = "_spread = 0", "_part > 0"


def detect(sample: Sample) -> str | None:
    """`1` if the file has a date, an amount and something that says what for, else None."""
    named = any(delivered(sample, name) for name in NAMES)
    return "1" if named and sample.has(*NEEDED) and not sample.has("BilledCost") else None


def template() -> str:
    """A file to start from: the usual columns and three rows."""
    return _data("manual_template.csv")


def read(sample: Sample, version: str) -> Reading:
    """The columns of a charge from those that the file has."""
    plain = {charge: text(sample, name) for name, charge in PLAIN.items() if delivered(sample, name)}
    columns = {**plain, **_who(sample), **_when(), **_what(sample), **_money(sample), **_spread(sample)}
    if tags := _tags(sample):
        columns["Tags"] = tags
    return Reading(columns, version, relation=relation(sample), notes=_notes(sample), checks=checks(sample))


def _who(sample: Sample) -> dict[str, str]:
    """The account is the file's own, so that two files never replace each other, unless a column says another."""
    return {
        "x_RowId": "x_RowId",
        "BillingAccountId": f"coalesce({text(sample, 'account')}, {literal(_account(sample))})",
        "InvoiceIssuerName": text(sample, "provider"),
        "ServiceName": f"coalesce({', '.join(text(sample, name) for name in ('service', 'description', 'provider'))})",
    }


def _account(sample: Sample) -> str:
    stem = sample.path.name
    for ending in ENDINGS:
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    return f"manual:{stem}"


def _when() -> dict[str, str]:
    """The period of a row; that of a share is its month. The billing period is always the month of the date."""
    month = "date_trunc('month', _start)"
    end = "CASE WHEN _until > _start AND _spread = 0 THEN _until ELSE _after END"
    return {
        "ChargePeriodStart": f"CASE WHEN {SPREAD} THEN {month} + to_months(CAST(_part - 1 AS INTEGER)) ELSE _start END",
        "ChargePeriodEnd": f"CASE WHEN {SPREAD} THEN {month} + to_months(CAST(_part AS INTEGER)) ELSE {end} END",
        "BillingPeriodStart": month,
        "BillingPeriodEnd": f"{month} + INTERVAL 1 MONTH",
    }


def _what(sample: Sample) -> dict[str, str]:
    layer, kind = name_of_ours(sample, "layer"), name_of_ours(sample, "ai_kind")
    category = " ".join(f"WHEN '{c.lower()}' THEN '{c}'" for c in CATEGORIES)
    categories = " ".join(f"WHEN {literal(name)} THEN {literal(c)}" for name, c in _service_categories().items())
    frequency = "CASE WHEN _category = 'usage' THEN 'Usage-Based' ELSE 'One-Time' END"
    return {
        "ChargeCategory": f"CASE WHEN {WHOLE} THEN CASE _category {category} END {_parts('Purchase', 'Usage')}",
        "ChargeFrequency": f"CASE WHEN {WHOLE} THEN {frequency} {_parts('One-Time', 'Usage-Based')}",
        "PricingCategory": f"CASE WHEN {SPREAD} THEN 'Committed' WHEN {SPREADABLE} THEN 'Standard' END",
        "ServiceCategory": f"CASE {layer} {categories} ELSE 'Other' END",
        "x_Layer": f"CASE WHEN {layer} IN ({listed(LAYER_NAMES)}) THEN {layer} END",
        "x_AiKind": f"CASE WHEN {kind} IN ({listed(AI_KINDS)}) THEN {kind} END",
    }


def _parts(purchase: str, share: str) -> str:
    """The end of a CASE over the rows of a spread."""
    return f"WHEN _part = 0 THEN {literal(purchase)} ELSE {literal(share)} END"


def _money(sample: Sample) -> dict[str, str]:
    """A quoted invoice is its own list price; of a spread, both the purchase and its shares have it, as in FOCUS."""
    amount, readable = text(sample, "amount"), f"CASE WHEN _amount IS NOT NULL THEN {text(sample, 'amount')} END"
    # What rounding took from the amount rounds to 0, so the purchase adds nothing and the record of it is complete.
    effective = f"CASE WHEN {WHOLE} THEN {readable} WHEN _part = 0 THEN _rounded ELSE _share END"
    quoted_cost = f"CASE WHEN _part = 0 THEN {readable} ELSE _share END"
    quantity, unit, price = (
        f"CASE WHEN _part = 0 THEN {text(sample, name)} END" for name in ("quantity", "unit", "unit_price")
    )
    used = f"{WHOLE} AND _category = 'usage'"
    return {
        "BilledCost": f"CASE WHEN _part = 0 THEN {amount} ELSE '0' END",
        "EffectiveCost": effective,
        "ListCost": quoted_cost,
        "ContractedCost": quoted_cost,
        "BillingCurrency": "_currency",
        "ContractedUnitPrice": price,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ConsumedQuantity": f"CASE WHEN {used} THEN _used END",
        "ConsumedUnit": f"CASE WHEN {used} THEN {unit} END",
    }


def _spread(sample: Sample) -> dict[str, str]:
    """What ties the shares to their purchase: per commitment, effective usage equals the billed purchase."""
    if delivered(sample, "spread_months") is None:
        return {}
    name = f"coalesce({text(sample, 'description')}, {text(sample, 'service')}, {text(sample, 'provider')})"
    values = {
        "CommitmentDiscountId": f"{literal(_account(sample) + ':row ')} || x_RowId",
        "CommitmentDiscountName": name,
        "CommitmentDiscountCategory": "'Spend'",
        "CommitmentDiscountType": "'Prepaid'",
    }
    columns = {column: f"CASE WHEN _spread > 0 THEN {sql} END" for column, sql in values.items()}
    return columns | {"CommitmentDiscountStatus": f"CASE WHEN {SPREAD} THEN 'Used' END"}


def _tags(sample: Sample) -> str:
    """The tags of the row and, as more of them, its columns that have no meaning of their own."""
    meant = {delivered(sample, name) for name in (*PLAIN, *OTHERS)}
    others = {c: f"nullif(trim(CAST({quoted(c)} AS VARCHAR)), '')" for c in sample.columns if c not in meant}
    if not others and not delivered(sample, "tags"):
        return ""
    pairs = ", ".join(f"{literal(column.strip())}, {sql}" for column, sql in others.items())
    # A merge patch drops the keys whose value is null.
    more = f"json_merge_patch('{{}}', json_object({pairs}))"
    given = f"CASE WHEN {is_object(text(sample, 'tags'))} THEN {text(sample, 'tags')} ELSE '{{}}' END"
    return f"nullif(CAST(json_merge_patch({given}, {more}) AS VARCHAR), '{{}}')"


def _notes(sample: Sample) -> tuple[str, ...]:
    if not sample.currency:
        return ()
    if delivered(sample, "currency") is None:
        return (f"no column `currency`: amounts are taken to be in {sample.currency}",)
    return (f"rows without a currency are taken to be in {sample.currency}",) if _has_blank(sample) else ()


def _has_blank(sample: Sample) -> bool:
    blank = f"SELECT 1 FROM {{raw}} WHERE {text(sample, 'currency')} IS NULL LIMIT 1"
    return sample.query is not None and bool(sample.query(blank))


@cache
def _service_categories() -> dict[str, str]:
    rows = csv.DictReader(_data("manual_service_categories.csv").splitlines())
    return {r["layer"]: r["category"] for r in rows}


def _data(name: str) -> str:
    return files("outlay.sources").joinpath(f"data/{name}").read_text(encoding="utf-8")


SOURCE = Source(
    "manual",
    "plain CSV for what no cloud bills (labour, licences, invoices)",
    detect,
    read,
    needs=(*((name,) for name in NEEDED), NAMES),
)
