"""What calls cost, against prices that were worked out by hand from the vendors' lists of those days."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.prices.book import list_prices
from outlay.prices.quote import Call, quote

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


class Case(NamedTuple):
    """A call, and what it costs; None where that is not known."""

    provider: str
    model: str
    tokens: dict[str, int]
    cost: str | None
    tier: str = "standard"
    at: datetime = NOW
    region: str = ""


PLAIN = {"input": 10_000, "output": 1000}
CASES = {
    "plain": Case("openai", "gpt-4o", PLAIN, "0.035"),
    "a cache read inside the input": Case("openai", "gpt-4o", {**PLAIN, "cache_read": 8000}, "0.025"),
    "a cache write of minutes": Case(
        "anthropic", "claude-sonnet-4-5", {**PLAIN, "cache_read": 2000, "cache_write_5m": 4000}, "0.0426"
    ),
    "a cache write of an hour": Case("anthropic", "claude-sonnet-4-5", {**PLAIN, "cache_write_1h": 4000}, "0.057"),
    "an input that leaves the cache out": Case(
        "anthropic", "claude-sonnet-4-5", {"input": 5, "cache_read": 100_000, "output": 1000}, "0.045015"
    ),
    "a context tier": Case("google", "gemini-2.5-pro", {"input": 300_000, "output": 1000}, "0.765"),
    "flex today": Case("openai", "gpt-5", PLAIN, "0.01125", "flex"),
    "flex before the table knew it": Case("openai", "gpt-5", PLAIN, "0.01125", "flex", day("2025-09-16")),
    "kept in one country": Case("anthropic", "claude-opus-4-6", PLAIN, "0.0825", region="US"),
    "anywhere": Case("anthropic", "claude-opus-4-6", PLAIN, "0.075", region="global"),
    "a model that costs the same everywhere": Case("anthropic", "claude-opus-4-5", PLAIN, "0.075", region="us"),
    "a model tuned by its owner": Case("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", PLAIN, "0.0042"),
    "priority": Case("openai", "gpt-5", PLAIN, "0.045", "priority"),
    "batch today": Case("openai", "gpt-5", PLAIN, "0.01125", "batch"),
    "batch before the table knew it": Case("openai", "gpt-5", PLAIN, "0.01125", "batch", day("2025-09-16")),
    "o3 before its price fell": Case("openai", "o3", PLAIN, "0.14", at=day("2025-05-01")),
    "o3 after": Case("openai", "o3", PLAIN, "0.028", at=day("2025-07-01")),
    "flex of o3 when it was dear": Case("openai", "o3", PLAIN, "0.07", "flex", day("2025-05-01")),
    "a retired model by its dated name": Case("anthropic", "claude-opus-4-1-20250805", PLAIN, "0.225"),
    "a retired model by its alias": Case("anthropic", "claude-opus-4-1", PLAIN, "0.225"),
    "an imagined model": Case("openai", "gpt-99-imaginary", PLAIN, None),
    "a typo": Case("anthropic", "claude-sonnet-45", PLAIN, None),
    "a typo behind a known name": Case("openai", "gpt-4o-minii", PLAIN, None),
    "a name that went on to a newer model": Case("deepseek", "deepseek-chat", PLAIN, "0.00322", at=day("2025-11-01")),
    "the same name by day": Case("deepseek", "deepseek-chat", PLAIN, "0.0038", at=day("2025-05-01")),
    "and at night": Case("deepseek", "deepseek-chat", PLAIN, "0.0019", at=datetime(2025, 5, 1, 17, tzinfo=UTC)),
    "a name that meant another model": Case("openai", "gpt-4o", PLAIN, "0.065", at=day("2024-06-01")),
    "a regional profile of Bedrock": Case(
        "aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", PLAIN, "0.0495"
    ),
    "the same through a gateway": Case(
        "bedrock", "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0", PLAIN, "0.0495"
    ),
    "reasoning inside the output": Case("openai", "o4-mini", PLAIN, "0.0154"),
    "a model that its host did not make": Case("azure.ai.openai", "gpt-4o", PLAIN, "0.035"),
    "a host that sets its own price for the models of others": Case("azure_ai", "mistral-large", PLAIN, None),
    "a region before the name, which may have its own price": Case("azure", "azure/eu/gpt-4o", PLAIN, None),
    "before the first price": Case("openai", "o3", PLAIN, None, at=day("2024-12-31")),
    "a tier that was not sold": Case("anthropic", "claude-2", PLAIN, None, "flex"),
    "nobody's provider": Case("acme", "gpt-4o", PLAIN, None),
}


def _call(case: Case) -> Call:
    tokens: dict[str, Any] = case.tokens
    return Call(case.provider, case.model, case.at, tier=case.tier, region=case.region, **tokens)


@pytest.mark.parametrize("name", CASES)
def test_a_call_costs_what_the_list_of_its_day_says(name: str) -> None:
    case = CASES[name]
    found = quote(list_prices(), _call(case))
    assert found.cost == (None if case.cost is None else Decimal(case.cost))
    assert bool(found.reason) == (found.cost is None)
    if found.cost is not None:
        assert sum(line.cost for line in found.lines) == found.cost
        assert all(line.price.holds(case.at) for line in found.lines)


def test_a_near_name_is_offered_and_not_priced() -> None:
    found = quote(list_prices(), Call("anthropic", "claude-sonnet-45", NOW, 10))
    assert (found.cost, found.suggestions[0]) == (None, "claude-sonnet-4-5")


def test_the_reason_says_since_when_there_is_a_price() -> None:
    found = quote(list_prices(), Call("openai", "o3", day("2024-12-31"), 10))
    assert found.reason == "o3 has no standard price before 2025-04-16"


def test_a_stated_context_decides_the_tier() -> None:
    call = Call("google", "gemini-2.5-pro", NOW, input=1000, context=300_000)
    assert quote(list_prices(), call).cost == Decimal("0.0025")


def test_an_hour_of_cache_without_a_price_is_unknown() -> None:
    found = quote(list_prices(), Call("openai", "gpt-4o", NOW, input=1000, cache_write_1h=10))
    assert (found.cost, "cache_write_1h" in found.reason) == (None, True)


counts = st.integers(0, 10**7)


@given(counts, counts, counts, counts, counts)
def test_every_token_is_priced_once(whole: int, read: int, minutes: int, hour: int, output: int) -> None:
    call = Call("anthropic", "claude-sonnet-4-5", NOW, whole, read, minutes, hour, output)
    assert sum(call.amounts().values()) == call.whole_input + output
    assert all(amount > 0 for amount in call.amounts().values())
    assert call.whole_input == (whole if whole >= call.cached else whole + call.cached)
