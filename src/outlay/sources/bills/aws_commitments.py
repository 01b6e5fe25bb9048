"""Savings plans and reservations of AWS: which one a line buys or uses, how much of it, and what was not used.

A fee that buys a commitment is a Purchase with EffectiveCost 0. What was not used of it is a row of its own: Usage,
Unused, BilledCost 0. So per CommitmentDiscountId Used + Unused = Purchase, over the term of the commitment: an
upfront fee is billed in one month and amortised in all. The report has no net amount of an unused savings plan; where
fees are net, the unused part is the gross one.
"""

from outlay.sources.bills.aws_lines import COMMITMENT_FEES, COVERED, NEGATION, UNUSED, Lines

COMMITTED = f"cur_type IN {COMMITMENT_FEES} OR cur_type IN ('Fee', 'DiscountedUsage') OR {COVERED} OR {NEGATION}"


def columns(lines: Lines) -> dict[str, str]:
    """What is known of the commitment that a charge buys, uses or leaves unused."""
    is_plan = "cur_type LIKE 'SavingsPlan%'"
    kind = f"coalesce({lines.text('savings_plan_offering_type')}, 'Savings Plan')"
    described = {
        "Id": "cur_commitment",
        "Category": f"CASE WHEN {is_plan} THEN 'Spend' ELSE 'Usage' END",
        "Type": f"CASE WHEN {is_plan} THEN {kind} ELSE 'Reserved Instance' END",
        "Status": f"CASE WHEN {UNUSED} THEN 'Unused' WHEN {COVERED} OR cur_type = 'DiscountedUsage' THEN 'Used' END",
        "Quantity": committed_quantity(lines),
        "Unit": f"CASE WHEN {committed_quantity(lines)} IS NOT NULL THEN {committed_unit(lines)} END",
    }
    known = "cur_commitment IS NOT NULL"
    return {f"CommitmentDiscount{name}": f"CASE WHEN {known} THEN {sql} END" for name, sql in described.items()}


def commitment(lines: Lines) -> str:
    """The savings plan or reservation that a line buys or uses."""
    plan, reservation = lines.text("savings_plan_savings_plan_a_r_n"), lines.text("reservation_reservation_a_r_n")
    # Reports without ARNs name a reservation by a number, which lines that no reservation covers carry too.
    subscription = lines.text("reservation_subscription_id")
    numbered = f"cur_type IN ('RIFee', 'DiscountedUsage') OR {lines.text('pricing_term')} = 'Reserved'"
    return f"""CASE WHEN {COMMITTED} THEN coalesce({plan}, {reservation},
      CASE WHEN {numbered} THEN {subscription} END) END"""


def unused_part(lines: Lines) -> str:
    """The part of a commitment's fee that bought nothing; what cannot be computed is shown as it was delivered."""
    upfront = _text_or_zero(lines, "reservation_{}unused_amortized_upfront_fee_for_billing_period")
    recurring = _text_or_zero(lines, "reservation_{}unused_recurring_fee")
    total = lines.text("savings_plan_total_commitment_to_date")
    used = f"coalesce({lines.text('savings_plan_used_commitment')}, '0')"
    return f"""CASE WHEN cur_type = 'RIFee' THEN {_exactly(upfront, "+", recurring)}
      WHEN cur_type = 'SavingsPlanRecurringFee' THEN {_exactly(total, "-", used)} END"""


def committed_quantity(lines: Lines) -> str:
    """How much of a commitment is bought, used or unused: money for a savings plan, usage for a reservation."""
    return f"""CASE
      WHEN {COVERED} THEN {lines.text("savings_plan_savings_plan_effective_cost")}
      WHEN cur_type = 'SavingsPlanRecurringFee' AND {UNUSED} THEN cur_unused
      WHEN cur_type = 'SavingsPlanRecurringFee' THEN {lines.text("savings_plan_total_commitment_to_date")}
      WHEN cur_type = 'DiscountedUsage' THEN {lines.text("line_item_usage_amount")}
      WHEN cur_type = 'RIFee' AND {UNUSED} THEN {lines.text("reservation_unused_quantity")}
      WHEN cur_type = 'RIFee' THEN {lines.text("reservation_total_reserved_units", "line_item_usage_amount")} END"""


def committed_unit(lines: Lines) -> str:
    """What the quantity of a commitment counts: the currency for a savings plan, the pricing unit for a reservation."""
    return f"""CASE WHEN cur_type LIKE 'SavingsPlan%' THEN {lines.text("line_item_currency_code")}
      ELSE {lines.text("pricing_unit")} END"""


def _text_or_zero(lines: Lines, name: str) -> str:
    return f"coalesce({lines.text(name.format('net_'), name.format(''))}, '0')"


def _exactly(left: str, sign: str, right: str) -> str:
    text = f"{left} || ' {sign} ' || {right}"
    return f"coalesce(CAST(exact({left}) {sign} exact({right}) AS VARCHAR), {text})"
