"""A plan as charges in the shape of FOCUS: a row for each line and day, expected costs, best and stress beside them.

A line of a month is split over its days in integers, so that the days add up to the month to the last digit.
"""

import calendar
import csv
import io
import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import numpy as np

from outlay.model.charge import MONEY_SCALE
from outlay.model.providers import title
from outlay.plan.evaluate import Planned
from outlay.plan.scenarios import SCENARIOS
from outlay.plan.stack import Stack, money

UNIT = Decimal(1).scaleb(-MONEY_SCALE)
CATEGORIES = {
    "network": "Networking",
    "storage": "Storage",
    "inference-compute": "Compute",
    "training-compute": "Compute",
    "observability": "Management and Governance",
    "governance": "Management and Governance",
    "people": "Other",
    "enablement": "Other",
}
OWN = "in-house"
# The columns of a charge that an entry of a plan says.
SAID = {
    "x_Team": "team",
    "x_Project": "project",
    "x_Feature": "feature",
    "x_TenantId": "tenant",
    "x_Environment": "environment",
    "x_Phase": "phase",
}


def account(name: str) -> str:
    """The billing account that the charges of a plan are booked to."""
    return f"plan:{name}"


def charges_csv(stack: Stack) -> str:
    """The charges of a plan as a FOCUS file."""
    out = io.StringIO()
    rows = charges(stack)
    first = next(rows, None)
    if first is None:
        return ""
    writer = csv.DictWriter(out, fieldnames=list(first), lineterminator="\n")
    writer.writeheader()
    writer.writerow(first)
    writer.writerows(rows)
    return out.getvalue()


def charges(stack: Stack) -> Iterator[dict[str, str]]:
    """The charges of a plan, line by line."""
    months = list(_months(stack.plan.start, stack.plan.plan.months))
    for planned in stack.scenarios.lines:
        line = planned.line
        costs = np.broadcast_to(line.cost.grid(len(months)), (len(months), len(SCENARIOS)))
        said = _said(stack, planned)
        for index in range(line.first, len(months) if line.until is None else line.until):
            if costs[index].any():
                yield from _days(months[index], costs[index], said, planned)


def _days(
    month: tuple[date, date],
    costs: "np.ndarray[tuple[int], np.dtype[np.float64]]",
    said: dict[str, str],
    planned: Planned,
) -> Iterator[dict[str, str]]:
    """The rows of a line in a month."""
    first, end = month
    count = (end - first).days
    best, expected, stress = (money(cost) for cost in costs)
    told = {"entry": planned.placed.entry.name, "part": planned.line.part, "stage": planned.line.stage}
    beside = {"best_month": f"{best:f}", "stress_month": f"{stress:f}", "from": planned.line.why}
    extra = json.dumps({f"x_Plan_{name}": value for name, value in {**told, **beside}.items()})
    for index, cost in enumerate(split(expected, count)):
        day = first + timedelta(days=index)
        yield {
            **said,
            "BillingPeriodStart": _moment(first),
            "BillingPeriodEnd": _moment(end),
            "ChargePeriodStart": _moment(day),
            "ChargePeriodEnd": _moment(day + timedelta(days=1)),
            "x_PlannedCost": f"{cost:f}",
            "x_Extra": extra,
        }


def split(cost: Decimal, parts: int) -> list[Decimal]:
    """A cost in so many parts that differ by a unit of the last digit at most and add up to it."""
    units = int(cost / UNIT)
    bounds = [units * index // parts for index in range(parts + 1)]
    return [(after - before) * UNIT for before, after in pairwise(bounds)]


def _said(stack: Stack, planned: Planned) -> dict[str, str]:
    """What every row of a line says."""
    entry, layer = planned.placed.entry, planned.layer
    # Bills spell a provider in full; what nobody sells is one's own.
    seller = title(entry.provider) or OWN
    return {
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "0"),
        "BillingAccountId": account(stack.plan.name),
        "BillingAccountName": f"plan {stack.plan.name}",
        "BillingAccountType": "plan",
        "BillingCurrency": stack.plan.plan.currency,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{entry.name}: {planned.line.part}",
        "ChargeFrequency": "Recurring" if planned.line.fixed else "Usage-Based",
        "ChargeClass": "",
        "InvoiceIssuerName": seller,
        "HostProviderName": seller,
        "ServiceProviderName": seller,
        "RegionId": entry.region,
        "PricingQuantity": "",
        "PricingUnit": "",
        "ServiceCategory": CATEGORIES.get(layer, "AI and Machine Learning"),
        "ServiceName": f"{layer}: {entry.name}",
        "x_RecordKind": "planned",
        "x_Layer": layer,
        "x_ModelId": planned.line.model,
        "x_Owner": planned.placed.owner,
        **{column: getattr(entry, name) for column, name in SAID.items()},
    }


def _months(start: date, count: int) -> Iterator[tuple[date, date]]:
    """First day of each month, and of the one after it."""
    for _ in range(count):
        end = start + timedelta(days=calendar.monthrange(start.year, start.month)[1])
        yield start, end
        start = end


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
