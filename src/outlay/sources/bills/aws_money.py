"""What an AWS charge costs: billed, effective, list and contracted cost, prices and quantities.

The sum of BilledCost is the sum of the file, to the last decimal, whatever the file holds:

- A line costs its unblended cost, which is the invoice. If any line of the file has a net unblended cost, a line
  costs that; discount lines (EdpDiscount and its like) without one then cost 0, because the discount is in the net
  cost of the lines it lowers, and other lines without one cost their unblended cost.
- Usage that a savings plan covers is billed 0 and its negations are dropped. What the two do not cancel within a plan,
  account, service and invoice stays as one Adjustment, on the first negation. Covered usage without any negation in
  the file (a report comes in several files) stays billed at its own cost, its negations elsewhere as an Adjustment.
- A fee that buys no commitment (support, marketplace) is a Purchase with EffectiveCost 0 and a Usage row that carries
  its cost.
- Rows of split cost allocation cost 0 and stay so.
"""

from outlay.model.charge import literal
from outlay.sources.bills.aws_commitments import commitment, committed_quantity, committed_unit, unused_part
from outlay.sources.bills.aws_lines import (
    ACCRUED,
    CHARGE_CATEGORY,
    COMMITMENT_FEES,
    COVERED,
    NEGATION,
    NULL,
    UNUSED,
    Lines,
)

# Within these, covered usage and negations cancel out.
GROUP = (
    "savings_plan_savings_plan_a_r_n",
    "bill_payer_account_id",
    "line_item_usage_account_id",
    "bill_invoice_id",
    "line_item_currency_code",
    "line_item_product_code",
)
# Rows without a price: they change what other rows cost.
UNPRICED = f"{NEGATION} OR cur_type IN ('Tax', 'Credit', 'Refund') OR cur_type LIKE '%Discount'"
# Every line but the negations that cancel out; one that holds what they leave stays.
LEFT = "x_RowId = cur_first AND coalesce(exact(cur_residual) <> 0, true)"
KEPT = f"(NOT ({NEGATION}) OR money(cur_cost) IS NULL OR ({LEFT}))"
DROPPED = "savings plan negations, netted with the usage that the plan covers"


def columns(lines: Lines, currency: str) -> dict[str, str]:
    """The money and quantities of a charge; `currency` is that of lines that name none."""
    return {**_amounts(lines, currency), **_quantities(lines)}


def relation(lines: Lines) -> str:
    """The lines with their type, cost and commitment, each followed by the row that is made from it, if any."""
    unused = "cur_unused IS NOT NULL AND coalesce(exact(cur_unused) <> 0, true)"
    accrued = f"cur_type LIKE '%Fee' AND cur_type NOT IN {COMMITMENT_FEES} AND cur_commitment IS NULL"
    return f"""(SELECT *, unnest(CASE WHEN {unused} THEN [0, 1] WHEN {accrued} THEN [0, 2] ELSE [0] END) AS cur_part
      FROM (SELECT *, {unused_part(lines)} AS cur_unused, {commitment(lines)} AS cur_commitment FROM ({_costs(lines)}))
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


def _amounts(lines: Lines, currency: str) -> dict[str, str]:
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


def _quantities(lines: Lines) -> dict[str, str]:
    """Quantities and unit prices of the rows that have a price."""
    amount, unit = lines.text("line_item_usage_amount"), lines.text("pricing_unit")
    rate = lines.text("line_item_net_unblended_rate", "line_item_unblended_rate")
    consumed = f"{CHARGE_CATEGORY} = 'Usage' AND NOT ({UNUSED})"
    priced = {
        "PricingQuantity": f"CASE WHEN {UNUSED} THEN {committed_quantity(lines)} ELSE {amount} END",
        "PricingUnit": f"CASE WHEN {UNUSED} THEN {committed_unit(lines)} ELSE {unit} END",
        "ConsumedQuantity": f"CASE WHEN {consumed} THEN {amount} END",
        "ConsumedUnit": f"CASE WHEN {consumed} THEN {unit} END",
        "ListUnitPrice": f"CASE WHEN NOT ({UNUSED}) THEN {lines.text('pricing_public_on_demand_rate')} END",
        "ContractedUnitPrice": f"CASE WHEN NOT ({UNUSED} OR cur_type = 'DiscountedUsage') THEN {rate} END",
        "PricingCategory": _pricing_category(lines),
    }
    return {name: f"CASE WHEN NOT ({UNPRICED}) THEN {sql} END" for name, sql in priced.items()}


def _pricing_category(lines: Lines) -> str:
    spot = f"{lines.text('line_item_usage_type')} LIKE '%SpotUsage%'"
    return f"""CASE WHEN {UNUSED} OR {COVERED} OR cur_type = 'DiscountedUsage' THEN 'Committed'
      WHEN {spot} THEN 'Dynamic' ELSE 'Standard' END"""
