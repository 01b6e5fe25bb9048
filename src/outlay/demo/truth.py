"""The answer sheet: what really happened, which the product never reads and tests compare it with."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np

from outlay.demo.amounts import PICO_PLACES, plain
from outlay.demo.charges import LAYER, Row, total
from outlay.demo.facts import document, table
from outlay.demo.invoices import billed_tokens, discounts, list_prices
from outlay.demo.manual import monthly_amounts
from outlay.demo.metering import Metered
from outlay.demo.timeline import DAYS, day_name, hour_index
from outlay.demo.traffic import DIRECTIONS, Stream

README = """# The answer sheet of the demo company

Nothing in this folder is an input. `truth.json.gz` holds

- `tokens`: calls and tokens per day, feature, environment, tenant and model, as the products made them.
  `lost_calls` of the calls are invisible to the company's own metering (no telemetry); providers bill them.
- `metered`: what the company's own metering saw per day, provider and model. `requests` were answered, `failed` calls
  have no tokens there, `lost_calls` and `lost_tokens` were not seen. The directions hold the metered tokens, `input`
  without cached ones. Coverage of a day = metered tokens of all directions / `billed_tokens`.
- `factors`: per provider the discount and the share of failed calls that is billed on top, and list prices.
  Invoice tokens = tokens x (1 + failed share), at list price x (1 - discount), rounded to cents.
- `idle`: machines that ran without work, and which share of those hours was idle.
- `incidents`: what went wrong, and when.
- `accrual_by_layer`: USD that each month bears per cost layer (EffectiveCost; annual invoices in
  equal parts), as the generator meant it. `none` is not AI: web servers, databases, taxes.
"""
TOKEN_COLUMNS = ["day", "feature", "environment", "tenant", "model", "calls", "lost_calls", *DIRECTIONS]
CALLS = ("requests", "failed", "lost_calls")
SEEN_COLUMNS = ["day", "provider", "model", *CALLS, *DIRECTIONS, "lost_tokens", "billed_tokens"]


def build_truth(seed: int, seen: list[Metered], bills: dict[tuple[str, str], list[Row]]) -> dict[str, Any]:
    """Everything that `truth.json.gz` holds."""
    return {
        "seed": seed,
        "tokens": {"columns": TOKEN_COLUMNS, "rows": [row for m in seen for row in _token_rows(m.stream)]},
        "metered": {"columns": SEEN_COLUMNS, "rows": _seen_rows(seen)},
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


def _seen_rows(seen: list[Metered]) -> list[list[Any]]:
    """What was seen of each model, summed over features and tenants."""
    sums: dict[tuple[str, str], Any] = defaultdict(int)
    for part in seen:
        sums[part.stream.provider, part.stream.model] += np.array(_seen_by_day(part))
    return [
        [day_name(day), *key, *columns[:, day].tolist()]
        for day in range(DAYS)
        for key, columns in sums.items()
        if columns[:, day].any()
    ]


def _seen_by_day(seen: Metered) -> list[Any]:
    """The columns of `SEEN_COLUMNS` after the model, each a number per day."""
    calls = [grid.sum(axis=1) for grid in (seen.requests, seen.failed, seen.stream.lost)]
    none = np.zeros(DAYS, dtype=np.int64)
    tokens = [seen.tokens[d].sum(axis=1) if d in seen.tokens else none for d in DIRECTIONS]
    lost = [seen.lost_tokens(d).sum(axis=1) for d in seen.tokens]
    billed = [billed_tokens(seen.stream, d) for d in seen.tokens]
    return [*calls, *tokens, np.sum(lost, axis=0), np.sum(billed, axis=0)]


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
