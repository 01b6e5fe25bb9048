"""The answer sheet: what really happened, which the product never reads and tests compare it with."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from outlay.demo.amounts import PICO_PLACES, plain
from outlay.demo.charges import LAYER, Row, total
from outlay.demo.facts import document, table
from outlay.demo.invoices import discounts, list_prices
from outlay.demo.manual import monthly_amounts
from outlay.demo.timeline import DAYS, day_name, hour_index
from outlay.demo.traffic import DIRECTIONS, Stream

README = """# The answer sheet of the demo company

Nothing in this folder is an input: `outlay load` is given `bills/` and `manual/` only. `truth.json.gz` holds

- `tokens`: calls and tokens per day, feature, environment, tenant and model, as the products made them.
  `lost_calls` of the calls are invisible to the company's own metering (no telemetry); providers bill them.
- `factors`: per provider the discount and the share of failed calls that is billed on top, and list prices.
  Invoice tokens = tokens x (1 + failed share), at list price x (1 - discount), rounded to cents.
- `idle`: machines that ran without work, and which share of those hours was idle.
- `incidents`: what went wrong, and when.
- `accrual_by_layer`: USD that each month bears per cost layer (EffectiveCost; annual invoices in
  equal parts), as the generator meant it. `none` is not AI: web servers, databases, taxes.
"""
TOKEN_COLUMNS = ["day", "feature", "environment", "tenant", "model", "calls", "lost_calls", *DIRECTIONS]


def build_truth(seed: int, traffic: list[Stream], bills: dict[tuple[str, str], list[Row]]) -> dict[str, Any]:
    """Everything that `truth.json.gz` holds."""
    return {
        "seed": seed,
        "tokens": {"columns": TOKEN_COLUMNS, "rows": [row for s in traffic for row in _token_rows(s)]},
        "factors": _factors(),
        "idle": _idle(),
        "incidents": [*document("llm")["incidents"], _weekend()],
        "accrual_by_layer": layer_totals(bills),
    }


def _token_rows(stream: Stream) -> list[list[Any]]:
    head = [stream.facts["feature"], stream.facts["environment"]]
    grids = [stream.calls, stream.lost, *(stream.tokens.get(d) for d in DIRECTIONS)]
    cells = [g.tolist() if g is not None else None for g in grids]
    rows: list[list[Any]] = []
    for day in range(DAYS):
        for t, tenant in enumerate(stream.tenants):
            numbers = [c[day][t] if c is not None else 0 for c in cells]
            if numbers[0]:
                rows.append([day_name(day), *head, tenant, stream.model, *numbers])
    return rows


def _idle() -> list[dict[str, Any]]:
    """The table of idle machines, with the hours of each window that were idle."""
    return [r | {"idle_hours": _hours(r) * float(r["idle_share"])} for r in table("idle")]


def _hours(row: dict[str, str]) -> int:
    return hour_index(row["end"]) - hour_index(row["start"])


def _factors() -> dict[str, Any]:
    providers = document("llm")["providers"]
    lost = {f"{s['feature']} {s['environment']}": s["lost_share"] for s in document("llm")["streams"]}
    failed = {name: facts["failed_share"] for name, facts in providers.items()}
    return {
        "discount": discounts(),
        "failed_share": failed,
        "lost_share": lost,
        "list_price_per_mtok": list_prices(),
    }


def _weekend() -> dict[str, str]:
    """The idle weekend, from the table of idle machines."""
    row = table("idle")[0]
    return {"name": "idle weekend", "from": row["start"], "until": row["end"], "cause": row["cause"]}


def layer_totals(bills: dict[tuple[str, str], list[Row]]) -> dict[str, dict[str, str]]:
    """Month -> layer -> accrued cost in USD, bills and manual files together."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal, monthly_amounts())
    for (_, month), rows in bills.items():
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row[LAYER]].append(row)
        for layer, group in groups.items():
            sums[month, layer] += Decimal(plain(total(group, "EffectiveCost"), PICO_PLACES))
    months = sorted({month for month, _ in sums})
    return {m: {layer: f"{sums[k]:.2f}" for k in sorted(sums) if k[0] == m and (layer := k[1])} for m in months}
