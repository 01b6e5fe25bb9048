"""Who, what, where and when of an AWS charge: categories, services, accounts, places, periods, SKUs, tags.

Refunds are Usage of ChargeClass Correction, as FOCUS counts refunds with what they refund; discount lines are Credit,
charges that the provider grants.
"""

import csv
import re
from collections.abc import Mapping
from importlib.resources import files

from outlay.model.charge import literal, quoted
from outlay.sources.bills.aws_lines import CHARGE_CATEGORY, NULL, Lines
from outlay.sources.source import Sample

PROVIDER = "Amazon Web Services"
FREQUENCY = """CASE WHEN cur_part > 0 OR cur_type LIKE '%Usage' THEN 'Usage-Based'
  WHEN cur_type IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'Recurring' ELSE 'One-Time' END"""
TAG, CATEGORY = re.compile(r"(?i)resource_?tags[/_]"), re.compile(r"(?i)cost_?category[/_]")
# Keys of a tag map: `user:team` and `user_team` are the tag `team`, `aws_x` is `aws:x`. An unescaped quote after { or ,
# never opens a value, so no value is touched.
USER_KEY = r"""'([{,]\s*")(?:resourceTags?/)?user[:_]'"""
AWS_KEY = r"""'([{,]\s*")(?:resourceTags?/)?aws_'"""
EXTRAS = (
    "line_item_line_item_type",
    "line_item_product_code",
    "line_item_operation",
    "line_item_iam_principal",
    "line_item_tax_type",
    "bill_billing_entity",
    "pricing_term",
    "product_product_family",
)


def columns(sample: Sample, lines: Lines) -> dict[str, str]:
    """Every column of a charge but its money and its commitment."""
    return {
        **_kinds(lines),
        **_places(lines),
        **_times(lines),
        **_skus(lines),
        "Tags": _tags(sample, lines),
        "x_Extra": _extra(sample, lines),
    }


def _kinds(lines: Lines) -> dict[str, str]:
    name = lines.product("product_name", "servicename")
    code = lines.text("line_item_product_code")
    bedrock = f"{name} LIKE '%Bedrock Edition%'"
    return {
        "ChargeCategory": CHARGE_CATEGORY,
        "ChargeClass": "CASE WHEN cur_type = 'Refund' THEN 'Correction' END",
        "ChargeFrequency": FREQUENCY,
        "ChargeDescription": lines.text("line_item_line_item_description"),
        "ServiceName": f"coalesce({name}, {code}, 'Other')",
        "ServiceCategory": _looked_up(code, "service_category", bedrock, "AI and Machine Learning", "Other"),
        "ServiceSubcategory": _looked_up(code, "service_subcategory", bedrock, "Generative AI", "Other (Other)"),
    }


def _looked_up(code: str, column: str, bedrock: str, model: str, other: str) -> str:
    """A FOCUS category by product code; a model that is sold in the marketplace is known by its name."""
    text = files("outlay.sources").joinpath("data/aws_services.csv").read_text(encoding="utf-8")
    known: dict[str, list[str]] = {}
    for row in csv.DictReader(text.splitlines()):
        known.setdefault(row[column], []).append(literal(row["product_code"]))
    cases = [f"WHEN {code} IN ({', '.join(codes)}) THEN {literal(name)}" for name, codes in known.items()]
    return f"CASE {' '.join(cases)} WHEN {bedrock} THEN {literal(model)} ELSE {literal(other)} END"


def _places(lines: Lines) -> dict[str, str]:
    legal = lines.text("line_item_legal_entity")
    marketplace = f"{lines.text('bill_billing_entity')} = 'AWS Marketplace'"
    return {
        "BillingAccountId": lines.text("bill_payer_account_id"),
        "BillingAccountName": lines.text("bill_payer_account_name"),
        "SubAccountId": lines.text("line_item_usage_account_id"),
        "SubAccountName": lines.text("line_item_usage_account_name"),
        "InvoiceId": lines.text("bill_invoice_id"),
        "InvoiceIssuerName": f"coalesce({lines.text('bill_invoicing_entity', 'line_item_legal_entity')}, '{PROVIDER}')",
        "ServiceProviderName": literal(PROVIDER),
        "PublisherName": f"CASE WHEN {marketplace} THEN {legal} ELSE '{PROVIDER}' END",
        "ResourceId": lines.text("line_item_resource_id"),
        "RegionId": lines.product("region_code", "region"),
        "RegionName": lines.product("location"),
        "AvailabilityZone": lines.text("line_item_availability_zone"),
    }


def _times(lines: Lines) -> dict[str, str]:
    """Periods; fees end a second before midnight in some reports, FOCUS periods end where the next begins."""
    end = f"CAST({lines.raw('line_item_usage_end_date')} AS VARCHAR)"
    next_second = f"CAST(TRY_CAST({end} AS TIMESTAMP) + INTERVAL 1 SECOND AS VARCHAR)"
    return {
        "BillingPeriodStart": lines.raw("bill_billing_period_start_date"),
        "BillingPeriodEnd": lines.raw("bill_billing_period_end_date"),
        "ChargePeriodStart": lines.raw("line_item_usage_start_date"),
        "ChargePeriodEnd": f"CASE WHEN {end} LIKE '%:59:59%' THEN {next_second} ELSE {end} END",
    }


def _skus(lines: Lines) -> dict[str, str]:
    """What is priced; a tax has no SKU."""
    details = {
        "InstanceType": lines.product("instance_type"),
        "CoreCount": lines.product("vcpu"),
        "GpuCount": lines.product("gpu"),
        "MemorySize": lines.product("memory"),
        "OperatingSystem": lines.product("operating_system"),
    }
    described = {
        "SkuId": lines.product("sku"),
        "SkuPriceId": lines.text("pricing_rate_code", "pricing_rate_id"),
        "SkuMeter": lines.text("line_item_usage_type"),
        "SkuPriceDetails": _object(details),
    }
    return {name: f"CASE WHEN cur_type <> 'Tax' THEN {sql} END" for name, sql in described.items()}


def _tags(sample: Sample, lines: Lines) -> str:
    """Tags by the names that users gave them; those of AWS keep their prefix."""
    own = {_tag_name(TAG.sub("", c, count=1)): c for c in sample.columns if TAG.match(c)}
    texts = [_object({name: f"nullif(CAST({quoted(c)} AS VARCHAR), '')" for name, c in own.items()})] if own else []
    maps = [lines.map_text(n) for n in ("resource_tags", "tags") if lines.has(n)]
    texts += [f"regexp_replace(regexp_replace({m}, {USER_KEY}, '\\1', 'g'), {AWS_KEY}, '\\1aws:', 'g')" for m in maps]
    if not texts:
        return NULL
    merged = ", ".join(f"CAST(coalesce({t}, '{{}}') AS JSON)" for t in texts)
    valid = " AND ".join(f"json_valid(coalesce({t}, '{{}}'))" for t in texts)
    patch = f"nullif(CAST(json_merge_patch('{{}}', {merged}) AS VARCHAR), '{{}}')"
    return f"CASE WHEN {valid} THEN {patch} ELSE concat_ws(' ', {', '.join(texts)}) END"


def _tag_name(name: str) -> str:
    """`user:team` and `user_team` are `team`; `aws_created_by` is `aws:created_by`."""
    return re.sub(r"^aws_", "aws:", re.sub(r"^user[:_]", "", name))


def _extra(sample: Sample, lines: Lines) -> str:
    """What FOCUS has no column for, above all who called Bedrock."""
    pairs = {name: lines.text(name) for name in EXTRAS}
    if lines.text("line_item_net_unblended_cost") != NULL:
        pairs["line_item_unblended_cost"] = lines.text("line_item_unblended_cost")
    own = {CATEGORY.sub("cost_category/", c, count=1): c for c in sample.columns if CATEGORY.match(c)}
    pairs |= {name: f"nullif(CAST({quoted(c)} AS VARCHAR), '')" for name, c in own.items()}
    if lines.has("cost_category"):
        pairs["cost_category"] = f"nullif({lines.map_text('cost_category')}, '{{}}')"
    return _object(pairs)


def _object(pairs: Mapping[str, str]) -> str:
    """A flat JSON object of the pairs that have a value, NULL if none has."""
    known = {k: v for k, v in pairs.items() if v != NULL}
    if not known:
        return NULL
    inner = ", ".join(f"{literal(k)}, {v}" for k, v in known.items())
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({inner})) AS VARCHAR), '{{}}')"
