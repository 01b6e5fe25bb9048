"""AWS Cost and Usage Report: the legacy one (CSV and Parquet) and CUR 2.0 of Data Exports.

Money. The sum of BilledCost is the sum of the file, to the last decimal, whatever the file holds:

- A line costs its unblended cost, which is the invoice. If any line of the file has a net unblended cost, a line
  costs that; discount lines (EdpDiscount and its like) without one then cost 0, because the discount is in the net
  cost of the lines it lowers, and other lines without one cost their unblended cost.
- Usage that a savings plan covers is billed 0 and its negations are dropped. What the two do not cancel within a plan,
  account, service and invoice stays as one Adjustment, on the first negation. Covered usage without any negation in
  the file (a report comes in several files) stays billed at its own cost, its negations elsewhere as an Adjustment.
- A fee that buys a commitment is a Purchase with EffectiveCost 0. What was not used of it is a row of its own: Usage,
  Unused, BilledCost 0. So per CommitmentDiscountId Used + Unused = Purchase, over the term of the commitment: an
  upfront fee is billed in one month and amortised in all. The report has no net amount of an unused savings plan; where
  fees are net, the unused part is the gross one.
- Any other fee (support, marketplace) is a Purchase with EffectiveCost 0 and a Usage row that carries its cost.

Categories. Refunds are Usage of ChargeClass Correction, as FOCUS counts refunds with what they refund; discount lines
are Credit, charges that the provider grants. Rows of split cost allocation cost 0 and stay so.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from outlay.model.charge import literal, quoted
from outlay.sources.source import BillSource, Reading, Sample

MARKS = ("line_item_line_item_type", "line_item_unblended_cost", "line_item_usage_start_date")
MARKS_OF_2 = (
    "product",
    "resource_tags",
    "tags",
    "bill_payer_account_name",
    "line_item_usage_account_name",
    "line_item_iam_principal",
)
PROVIDER = "Amazon Web Services"
NULL = "CAST(NULL AS VARCHAR)"
TAG, CATEGORY = re.compile(r"(?i)resource_?tags[/_]"), re.compile(r"(?i)cost_?category[/_]")
# Keys of a tag map: `user:team` and `user_team` are the tag `team`, `aws_x` is `aws:x`. An unescaped quote after { or ,
# never opens a value, so no value is touched.
USER_KEY = r"""'([{,]\s*")(?:resourceTags?/)?user[:_]'"""
AWS_KEY = r"""'([{,]\s*")(?:resourceTags?/)?aws_'"""

# Within these, covered usage and negations cancel out.
GROUP = (
    "savings_plan_savings_plan_a_r_n",
    "bill_payer_account_id",
    "line_item_usage_account_id",
    "bill_invoice_id",
    "line_item_currency_code",
    "line_item_product_code",
)
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

COMMITMENT_FEES = "('RIFee', 'SavingsPlanRecurringFee', 'SavingsPlanUpfrontFee')"
COVERED, NEGATION = "cur_type = 'SavingsPlanCoveredUsage'", "cur_type = 'SavingsPlanNegation'"
COMMITTED = f"cur_type IN {COMMITMENT_FEES} OR cur_type IN ('Fee', 'DiscountedUsage') OR {COVERED} OR {NEGATION}"
UNUSED, ACCRUED = "cur_part = 1", "cur_part = 2"
# Rows without a price: they change what other rows cost.
UNPRICED = f"{NEGATION} OR cur_type IN ('Tax', 'Credit', 'Refund') OR cur_type LIKE '%Discount'"
CHARGE_CATEGORY = """CASE WHEN cur_part > 0 OR cur_type = 'Refund' OR cur_type LIKE '%Usage' THEN 'Usage'
  WHEN cur_type LIKE '%Fee' THEN 'Purchase' WHEN cur_type = 'Tax' THEN 'Tax'
  WHEN cur_type = 'Credit' OR cur_type LIKE '%Discount' THEN 'Credit' ELSE 'Adjustment' END"""
FREQUENCY = """CASE WHEN cur_part > 0 OR cur_type LIKE '%Usage' THEN 'Usage-Based'
  WHEN cur_type IN ('RIFee', 'SavingsPlanRecurringFee') THEN 'Recurring' ELSE 'One-Time' END"""


@dataclass(frozen=True, slots=True)
class Lines:
    """The columns of a report by their name in CUR 2.0; `lineItem/UsageType` is `line_item_usage_type`."""

    delivered: Mapping[str, str]
    empty_is_null: bool

    def raw(self, name: str) -> str:
        """The SQL of a column as delivered, NULL if the report lacks it."""
        found = self.delivered.get(_bare(name))
        return NULL if found is None else quoted(found)

    def text(self, *names: str) -> str:
        """The SQL of the first of some columns that has a value, as text."""
        found = [self.raw(n) for n in names if _bare(n) in self.delivered]
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
        if _bare("product") not in self.delivered:
            return own
        parsed = f"TRY_CAST({self.map_text('product')} AS JSON)"
        values = [f"nullif(json_extract_string({parsed}, '$.{k}'), '')" for k in keys]
        return f"coalesce({', '.join((own, *values))})"


def detect(sample: Sample) -> str | None:
    """`2.0` for an export with the maps and account names of CUR 2.0, `legacy` for another CUR, else None."""
    names = {_bare(c) for c in sample.columns}
    if not all(_bare(mark) in names for mark in MARKS):
        return None
    return "2.0" if any(_bare(mark) in names for mark in MARKS_OF_2) else "legacy"


def read(sample: Sample, version: str) -> Reading:
    """Every line as a charge, with rows of their own for unused commitments and for fees that commit to nothing."""
    lines = Lines({_bare(c): c for c in reversed(sample.columns)}, sample.format == "parquet")
    columns = {
        "x_RowId": "x_RowId",
        **_money(lines, sample.currency),
        **_kinds(lines),
        **_places(lines),
        **_times(lines),
        **_quantities(lines),
        **_skus(lines),
        **_commitments(lines),
        "Tags": _tags(lines, sample),
        "x_Extra": _extra(lines, sample),
    }
    left = "x_RowId = cur_first AND coalesce(exact(cur_residual) <> 0, true)"
    kept = f"NOT ({NEGATION}) OR money(cur_cost) IS NULL OR ({left})"
    dropped = "savings plan negations, netted with the usage that the plan covers"
    return Reading(columns, version, f"({kept})", dropped, _relation(lines))


def _bare(name: str) -> str:
    """A column name without case and separators, the same in every spelling of AWS."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _relation(lines: Lines) -> str:
    """The lines with their type, cost and commitment, each followed by the row that is made from it, if any."""
    unused = "cur_unused IS NOT NULL AND coalesce(exact(cur_unused) <> 0, true)"
    accrued = f"cur_type LIKE '%Fee' AND cur_type NOT IN {COMMITMENT_FEES} AND cur_commitment IS NULL"
    return f"""(SELECT *, unnest(CASE WHEN {unused} THEN [0, 1] WHEN {accrued} THEN [0, 2] ELSE [0] END) AS cur_part
      FROM (SELECT *, {_unused(lines)} AS cur_unused, {_commitment(lines)} AS cur_commitment FROM ({_costs(lines)}))
      LEFT JOIN ({_cancelled(lines)}) USING (cur_group) ORDER BY x_RowId, cur_part)"""


def _costs(lines: Lines) -> str:
    """The raw lines with their type, what they cost, and for savings plans the group in which they cancel out."""
    group = ", ".join(f"coalesce({lines.text(name)}, '')" for name in GROUP)
    key = f"CASE WHEN {COVERED} OR {NEGATION} THEN concat_ws('|', {group}) END"
    typed = f"SELECT *, coalesce({lines.text('line_item_line_item_type')}, '') AS cur_type FROM {{raw}}"
    return f"SELECT *, {_cost(lines)} AS cur_cost, {key} AS cur_group FROM ({typed})"


def _cost(lines: Lines) -> str:
    """What a line costs: net where the report has net costs, else unblended."""
    unblended, net = lines.text("line_item_unblended_cost"), lines.text("line_item_net_unblended_cost")
    if net == NULL:
        return unblended
    discount = "CASE WHEN cur_type LIKE '%Discount' THEN '0' END"
    has_net = f"(SELECT coalesce(bool_or({net} IS NOT NULL), false) FROM {{raw}})"
    return f"CASE WHEN {has_net} THEN coalesce({net}, {discount}, {unblended}) ELSE {unblended} END"


def _cancelled(lines: Lines) -> str:
    """Per group of savings plan lines: its first negation and what covered usage and negations leave."""
    total, beyond = "sum(money(cur_cost))", "sum(rounding(cur_cost))"
    exactly = f"CAST(TRY_CAST({total} AS DECIMAL(38,28)) + {beyond} AS VARCHAR)"
    residual = f"coalesce(CASE WHEN {beyond} <> 0 THEN {exactly} END, CAST({total} AS VARCHAR))"
    first = f"min(x_RowId) FILTER (WHERE {NEGATION} AND money(cur_cost) IS NOT NULL)"
    return f"""SELECT cur_group, {first} AS cur_first, {residual} AS cur_residual
      FROM ({_costs(lines)}) WHERE cur_group IS NOT NULL GROUP BY cur_group"""


def _unused(lines: Lines) -> str:
    """The part of a commitment's fee that bought nothing; what cannot be computed is shown as it was delivered."""
    upfront = _text_or_zero(lines, "reservation_{}unused_amortized_upfront_fee_for_billing_period")
    recurring = _text_or_zero(lines, "reservation_{}unused_recurring_fee")
    total = lines.text("savings_plan_total_commitment_to_date")
    used = f"coalesce({lines.text('savings_plan_used_commitment')}, '0')"
    return f"""CASE WHEN cur_type = 'RIFee' THEN {_exactly(upfront, "+", recurring)}
      WHEN cur_type = 'SavingsPlanRecurringFee' THEN {_exactly(total, "-", used)} END"""


def _text_or_zero(lines: Lines, name: str) -> str:
    return f"coalesce({lines.text(name.format('net_'), name.format(''))}, '0')"


def _exactly(left: str, sign: str, right: str) -> str:
    text = f"{left} || ' {sign} ' || {right}"
    return f"coalesce(CAST(exact({left}) {sign} exact({right}) AS VARCHAR), {text})"


def _commitment(lines: Lines) -> str:
    """The savings plan or reservation that a line buys or uses."""
    plan, reservation = lines.text("savings_plan_savings_plan_a_r_n"), lines.text("reservation_reservation_a_r_n")
    # Reports without ARNs name a reservation by a number, which lines that no reservation covers carry too.
    subscription = lines.text("reservation_subscription_id")
    numbered = f"cur_type IN ('RIFee', 'DiscountedUsage') OR {lines.text('pricing_term')} = 'Reserved'"
    return f"""CASE WHEN {COMMITTED} THEN coalesce({plan}, {reservation},
      CASE WHEN {numbered} THEN {subscription} END) END"""


def _money(lines: Lines, currency: str) -> dict[str, str]:
    listed = lines.text("pricing_public_on_demand_cost")
    billed = f"""CASE WHEN cur_part > 0 THEN '0' WHEN money(cur_cost) IS NULL THEN cur_cost
      WHEN {COVERED} AND cur_first IS NOT NULL THEN '0' WHEN x_RowId = cur_first THEN cur_residual ELSE cur_cost END"""
    contracted = f"""CASE WHEN {UNUSED} THEN cur_unused WHEN {UNPRICED} THEN '0'
      WHEN cur_type = 'DiscountedUsage' THEN {listed} ELSE cur_cost END"""
    delivered = lines.text("line_item_currency_code", "pricing_currency")
    return {
        "BilledCost": billed,
        "EffectiveCost": _effective(lines),
        "ListCost": f"CASE WHEN {UNUSED} THEN NULL WHEN {UNPRICED} THEN '0' ELSE {listed} END",
        "ContractedCost": contracted,
        "BillingCurrency": f"coalesce({delivered}, {literal(currency or None)})",
    }


def _effective(lines: Lines) -> str:
    """Cost by use: a commitment's where it is used or unused, nothing where it is bought."""
    plan = lines.text("savings_plan_net_savings_plan_effective_cost", "savings_plan_savings_plan_effective_cost")
    reservation = lines.text("reservation_net_effective_cost", "reservation_effective_cost")
    return f"""CASE WHEN {UNUSED} THEN cur_unused WHEN {ACCRUED} THEN cur_cost
      WHEN {NEGATION} OR cur_type LIKE '%Fee' THEN '0'
      WHEN {COVERED} THEN {plan} WHEN cur_type = 'DiscountedUsage' THEN {reservation} ELSE cur_cost END"""


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


def _quantities(lines: Lines) -> dict[str, str]:
    """Quantities and unit prices of the rows that have a price."""
    amount, unit = lines.text("line_item_usage_amount"), lines.text("pricing_unit")
    rate = lines.text("line_item_net_unblended_rate", "line_item_unblended_rate")
    consumed = f"{CHARGE_CATEGORY} = 'Usage' AND NOT ({UNUSED})"
    priced = {
        "PricingQuantity": f"CASE WHEN {UNUSED} THEN {_committed_quantity(lines)} ELSE {amount} END",
        "PricingUnit": f"CASE WHEN {UNUSED} THEN {_committed_unit(lines)} ELSE {unit} END",
        "ConsumedQuantity": f"CASE WHEN {consumed} THEN {amount} END",
        "ConsumedUnit": f"CASE WHEN {consumed} THEN {unit} END",
        "ListUnitPrice": f"CASE WHEN NOT ({UNUSED}) THEN {lines.text('pricing_public_on_demand_rate')} END",
        "ContractedUnitPrice": f"CASE WHEN NOT ({UNUSED} OR cur_type = 'DiscountedUsage') THEN {rate} END",
        "PricingCategory": _pricing_category(lines),
    }
    return {name: f"CASE WHEN NOT ({UNPRICED}) THEN {sql} END" for name, sql in priced.items()}


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


def _pricing_category(lines: Lines) -> str:
    spot = f"{lines.text('line_item_usage_type')} LIKE '%SpotUsage%'"
    return f"""CASE WHEN {UNUSED} OR {COVERED} OR cur_type = 'DiscountedUsage' THEN 'Committed'
      WHEN {spot} THEN 'Dynamic' ELSE 'Standard' END"""


def _commitments(lines: Lines) -> dict[str, str]:
    is_plan = "cur_type LIKE 'SavingsPlan%'"
    kind = f"coalesce({lines.text('savings_plan_offering_type')}, 'Savings Plan')"
    described = {
        "Id": "cur_commitment",
        "Category": f"CASE WHEN {is_plan} THEN 'Spend' ELSE 'Usage' END",
        "Type": f"CASE WHEN {is_plan} THEN {kind} ELSE 'Reserved Instance' END",
        "Status": f"CASE WHEN {UNUSED} THEN 'Unused' WHEN {COVERED} OR cur_type = 'DiscountedUsage' THEN 'Used' END",
        "Quantity": _committed_quantity(lines),
        "Unit": f"CASE WHEN {_committed_quantity(lines)} IS NOT NULL THEN {_committed_unit(lines)} END",
    }
    known = "cur_commitment IS NOT NULL"
    return {f"CommitmentDiscount{name}": f"CASE WHEN {known} THEN {sql} END" for name, sql in described.items()}


def _committed_quantity(lines: Lines) -> str:
    """How much of a commitment is bought, used or unused: money for a savings plan, usage for a reservation."""
    return f"""CASE
      WHEN {COVERED} THEN {lines.text("savings_plan_savings_plan_effective_cost")}
      WHEN cur_type = 'SavingsPlanRecurringFee' AND {UNUSED} THEN cur_unused
      WHEN cur_type = 'SavingsPlanRecurringFee' THEN {lines.text("savings_plan_total_commitment_to_date")}
      WHEN cur_type = 'DiscountedUsage' THEN {lines.text("line_item_usage_amount")}
      WHEN cur_type = 'RIFee' AND {UNUSED} THEN {lines.text("reservation_unused_quantity")}
      WHEN cur_type = 'RIFee' THEN {lines.text("reservation_total_reserved_units", "line_item_usage_amount")} END"""


def _committed_unit(lines: Lines) -> str:
    return f"""CASE WHEN cur_type LIKE 'SavingsPlan%' THEN {lines.text("line_item_currency_code")}
      ELSE {lines.text("pricing_unit")} END"""


def _object(pairs: Mapping[str, str]) -> str:
    """A flat JSON object of the pairs that have a value, NULL if none has."""
    known = {k: v for k, v in pairs.items() if v != NULL}
    if not known:
        return NULL
    inner = ", ".join(f"{literal(k)}, {v}" for k, v in known.items())
    return f"nullif(CAST(json_merge_patch('{{}}', json_object({inner})) AS VARCHAR), '{{}}')"


def _tags(lines: Lines, sample: Sample) -> str:
    """Tags by the names that users gave them; those of AWS keep their prefix."""
    own = {_tag_name(TAG.sub("", c, count=1)): c for c in sample.columns if TAG.match(c)}
    texts = [_object({name: f"nullif(CAST({quoted(c)} AS VARCHAR), '')" for name, c in own.items()})] if own else []
    maps = [lines.map_text(n) for n in ("resource_tags", "tags") if _bare(n) in lines.delivered]
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


def _extra(lines: Lines, sample: Sample) -> str:
    """What FOCUS has no column for, above all who called Bedrock."""
    pairs = {name: lines.text(name) for name in EXTRAS}
    if lines.text("line_item_net_unblended_cost") != NULL:
        pairs["line_item_unblended_cost"] = lines.text("line_item_unblended_cost")
    own = {CATEGORY.sub("cost_category/", c, count=1): c for c in sample.columns if CATEGORY.match(c)}
    pairs |= {name: f"nullif(CAST({quoted(c)} AS VARCHAR), '')" for name, c in own.items()}
    if _bare("cost_category") in lines.delivered:
        pairs["cost_category"] = f"nullif({lines.map_text('cost_category')}, '{{}}')"
    return _object(pairs)


SOURCE = BillSource("aws-cur", "AWS Cost and Usage Report, legacy and 2.0 (CSV, csv.gz, Parquet)", detect, read)
