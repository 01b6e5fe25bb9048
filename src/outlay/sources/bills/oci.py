"""Oracle Cloud Infrastructure cost reports: the proprietary CSV, one row per resource and hour.

Accounts, quantities and prices go where Oracle's own FOCUS report puts them, except that the sub-account is the
compartment (the tenancy is kept in `x_Extra`). `cost/myCost` contains the overage, so overage is never added.
A correction is one more row about the hour that it corrects: it keeps that hour and adds to what was billed.
"""

import csv
from functools import cache
from importlib.resources import files

from outlay.model.charge import literal, quoted
from outlay.sources.source import Reading, Sample, Source

MARKS = ("lineItem/intervalUsageStart", "product/service", "cost/myCost", "cost/currencyCode")
TAGS = "tags/"
# What is told by a charge's own columns; every other column is kept in x_Extra.
MAPPED = (
    *("lineItem/intervalUsageStart", "lineItem/intervalUsageEnd", "lineItem/isCorrection"),
    *("product/service", "product/resource", "product/compartmentId", "product/compartmentName"),
    *("product/region", "product/availabilityDomain", "product/resourceId", "product/Description"),
    *("usage/billedQuantity", "cost/subscriptionId", "cost/productSku", "cost/unitPrice", "cost/myCost"),
    *("cost/currencyCode", "cost/skuUnitDescription"),
)
# A product such as "Tax Reporting Cloud" is no tax, so the word has to stand alone.
TAX = r"(sales |use |value added )?(tax|taxes|vat|gst)"
CREDIT = r"\b(credits?|discounts?|refunds?)\b"


def detect(sample: Sample) -> str | None:
    """`cost-report` if the file has the columns that price Oracle's usage, else None."""
    return "cost-report" if sample.has(*MARKS) else None


def read(sample: Sample, version: str) -> Reading:
    """The columns of a charge from those of the report."""
    columns = {**_who(sample), **_what(sample), **_money(sample), **_kind(sample)}
    if tags := [c for c in sample.columns if c.lower().startswith(TAGS) and len(c) > len(TAGS)]:
        columns["Tags"] = _flat_json({c[len(TAGS) :]: c for c in tags})
    mapped = {name.lower() for name in MAPPED}
    if extra := [c for c in sample.columns if c.lower() not in mapped and c not in tags]:
        columns["x_Extra"] = _flat_json({c: c for c in extra})
    return Reading(columns=columns, version=version, made=frozenset({"x_Extra"}))


def _who(sample: Sample) -> dict[str, str]:
    compartment = sample.sql("product/compartmentId")
    return {
        "BillingAccountId": f"coalesce({sample.sql('cost/subscriptionId')}, {sample.sql('lineItem/tenantId')})",
        "SubAccountId": compartment,
        "SubAccountName": sample.sql("product/compartmentName"),
        "SubAccountType": f"CASE WHEN {compartment} IS NOT NULL THEN 'Compartment' END",
        "ServiceProviderName": "'Oracle'",
        "HostProviderName": "'Oracle'",
        "InvoiceIssuerName": "'Oracle'",
    }


def _what(sample: Sample) -> dict[str, str]:
    resource = _text(sample, "product/resourceId")
    return {
        "ChargePeriodStart": sample.sql("lineItem/intervalUsageStart"),
        "ChargePeriodEnd": sample.sql("lineItem/intervalUsageEnd"),
        "ServiceName": sample.sql("product/service"),
        "ServiceCategory": _service_category(_text(sample, "product/service")),
        "SkuId": sample.sql("cost/productSku"),
        "SkuMeter": sample.sql("product/resource"),
        "ChargeDescription": sample.sql("product/Description"),
        "RegionId": sample.sql("product/region"),
        "AvailabilityZone": sample.sql("product/availabilityDomain"),
        "ResourceId": sample.sql("product/resourceId"),
        # ocid1.instance.oc1.iad.<unique> names its kind.
        "ResourceType": f"CASE WHEN starts_with({resource}, 'ocid1.') THEN split_part({resource}, '.', 2) END",
    }


def _money(sample: Sample) -> dict[str, str]:
    """The unit price is the customer's own, so what it gives is the contracted cost; list prices are not told."""
    cost, quantity = sample.sql("cost/myCost"), sample.sql("usage/billedQuantity")
    unit = f"coalesce({sample.sql('cost/skuUnitDescription')}, {sample.sql('cost/billingUnitReadable')})"
    usage = f"({_category(sample)}) = 'Usage'"
    return {
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "BillingCurrency": sample.sql("cost/currencyCode"),
        "ContractedUnitPrice": sample.sql("cost/unitPrice"),
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ConsumedQuantity": f"CASE WHEN {usage} THEN {quantity} END",
        "ConsumedUnit": f"CASE WHEN {usage} THEN {unit} END",
    }


def _kind(sample: Sample) -> dict[str, str]:
    category = _category(sample)
    return {
        "ChargeCategory": category,
        "ChargeClass": f"CASE WHEN {_correction(sample)} THEN 'Correction' END",
        "ChargeFrequency": f"CASE WHEN ({category}) = 'Usage' THEN 'Usage-Based' ELSE 'One-Time' END",
    }


def _category(sample: Sample) -> str:
    service, description = _words(sample, "product/service"), _words(sample, "product/Description")
    product = f"concat_ws(' ', {service}, {_words(sample, 'product/resource')}, {description})"
    negative = f"starts_with(trim({_text(sample, 'cost/myCost')}), '-')"
    tax = " OR ".join(f"regexp_full_match({text}, {literal(TAX)})" for text in (service, description))
    credit = f"{negative} AND NOT {_correction(sample)} AND regexp_matches({product}, {literal(CREDIT)})"
    return f"CASE WHEN {tax} THEN 'Tax' WHEN {credit} THEN 'Credit' ELSE 'Usage' END"


def _correction(sample: Sample) -> str:
    return f"coalesce(lower(trim({_text(sample, 'lineItem/isCorrection')})) IN ('true', 't', 'y', 'yes', '1'), false)"


def _words(sample: Sample, name: str) -> str:
    return f"replace(lower(trim({_text(sample, name)})), '_', ' ')"


def _text(sample: Sample, name: str) -> str:
    return f"CAST({sample.sql(name)} AS VARCHAR)"


def _flat_json(named: dict[str, str]) -> str:
    """A JSON object of columns without those that are null, NULL if none is left."""
    pairs = ", ".join(f"{literal(key)}, CAST({quoted(column)} AS VARCHAR)" for key, column in named.items())
    # A merge patch drops the keys whose value is null.
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({pairs})) AS VARCHAR), '{{}}')"


def _service_category(service: str) -> str:
    cases = " ".join(f"WHEN {literal(s)} THEN {literal(category)}" for s, category in _categories().items())
    return f"CASE upper(replace(trim({service}), ' ', '_')) {cases} ELSE 'Other' END"


@cache
def _categories() -> dict[str, str]:
    text = files("outlay.sources").joinpath("data/oci_services.csv").read_text(encoding="utf-8")
    return {r["service"]: r["category"] for r in csv.DictReader(text.splitlines())}


SOURCE = Source("oci", "Oracle Cloud cost report (CSV)", detect, read)
