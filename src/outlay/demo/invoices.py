"""The invoices of the model providers: what they counted, less their discount, rounded to cents."""

import json
from collections.abc import Iterator
from typing import Any

from outlay.demo.amounts import MICRO, micro, plain_micro, to_cents
from outlay.demo.charges import Place, Row, bare, costs, invoiced, period, priced, template, total
from outlay.demo.facts import Bill, Sku, bills, document
from outlay.demo.timeline import DAYS, Month, day_stamp
from outlay.demo.traffic import Stream

LAYER_OF_MODELS = "model-api"
METERS = {
    "input": "Input Tokens",
    "cached_input": "Cached Input Tokens",
    "cache_write": "Cache Write Tokens",
    "output": "Output Tokens",
}
CACHE_ACTIONS = {"input": "Uncached", "cached_input": "Read", "cache_write": "Write"}


def invoice_rows(traffic: list[Stream]) -> Iterator[Row]:
    """One row per day, project, model and token direction."""
    for stream in traffic:
        for direction in stream.tokens:
            yield from _rows_of(stream, direction)


def token_sku(model: str, direction: str) -> Sku:
    """What the provider of `model` sells: a million tokens of one direction."""
    facts = document("llm")["models"][model]
    provider = document("llm")["providers"][facts["provider"]]
    price = micro(facts[direction])
    off = micro(provider["discount"])
    meter = "Embedding Tokens" if "output" not in facts else METERS[direction]
    code = f"{model}-{direction}".replace("_", "-")
    details = json.dumps(_details(model, facts, direction))
    agreed = price - price * off // micro("1")
    words = f"{model} {meter.lower()}"
    return Sku(
        code,
        facts["provider"],
        provider["service"],
        "",
        code,
        meter,
        words,
        "1000000 Tokens",
        price,
        agreed,
        0,
        details,
    )


def _details(model: str, facts: dict[str, Any], direction: str) -> dict[str, str]:
    details = {"x_ModelDeveloper": facts["developer"], "x_ModelId": model}
    details["x_TokenDirection"] = "Output" if direction == "output" else "Input"
    if direction in CACHE_ACTIONS:
        details["x_TokenCacheAction"] = CACHE_ACTIONS[direction]
    return details


def _rows_of(stream: Stream, direction: str) -> Iterator[Row]:
    sku = token_sku(stream.model, direction)
    account = stream.facts["account"]
    fixed = template(sku, Place(account, LAYER_OF_MODELS, account_name=stream.facts["account_name"]), "NEG")
    counted = billed_tokens(stream, direction)
    for day in range(DAYS):
        if counted[day]:
            yield fixed | period(bills()[sku.bill], day * 24, 24) | priced(sku, counted[day])


def billed_tokens(stream: Stream, direction: str) -> list[int]:
    """Tokens on the invoice per day: what tenants used, and calls that failed and were billed all the same.

    One token is one micro-unit of the pricing unit, a million tokens.
    """
    used = stream.tokens[direction].sum(axis=1)
    return [int(n) + int(n) * stream.failed_share // MICRO for n in used]


def rounding_row(bill: Bill, month: Month, rows: list[Row]) -> Row | None:
    """The line that brings an invoice to whole cents, None if it is there already."""
    exact = total(rows)
    gap = to_cents(exact) - exact
    if not gap:
        return None
    place = Place(rows[0]["SubAccountId"], LAYER_OF_MODELS, account_name=rows[0]["SubAccountName"])
    span = {"ChargePeriodStart": day_stamp(month.first), "ChargePeriodEnd": day_stamp(month.following)}
    words = {
        "ChargeCategory": "Adjustment",
        "ChargeFrequency": "One-Time",
        "ChargeDescription": "Rounding to cents",
    }
    return bare(bill, rows[0]["ServiceName"], place) | invoiced(bill, month) | span | words | costs(gap, gap)


def discounts() -> dict[str, str]:
    """The negotiated discount of each provider."""
    return {name: facts["discount"] for name, facts in document("llm")["providers"].items()}


def list_prices() -> dict[str, dict[str, str]]:
    """List prices per million tokens by model and direction."""
    models = document("llm")["models"]
    return {m: {d: plain_micro(micro(f[d])) for d in METERS if d in f} for m, f in models.items()}
